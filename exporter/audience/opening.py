"""What a start reads from the store, and what a group of facts asks it: queries without anything that lasts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import MsgspecError
from sqlalchemy import Connection, select

from exporter.audience.facts import Fact, unpack
from exporter.audience.people import BLOCK, Pair
from exporter.errors import StoreFailed
from exporter.store import journal, sketches
from exporter.store.schema import quarter_people, session, total
from exporter.store.sketches import Sketch


@dataclass(frozen=True, slots=True)
class Stored:
    """The tables' word: open sessions, counters, how far they go in the journal, and what it has beyond."""

    open: Sequence[Any]
    totals: Sequence[Any]
    position: int
    behind: list[tuple[int, bytes]]


def read(connection: Connection) -> Stored:
    """Everything that memory begins with."""
    position = journal.position(connection)
    return Stored(
        connection.execute(select(session).where(session.c.ended.is_(None))).all(),
        connection.execute(select(total)).all(),
        position,
        journal.behind(connection, position),
    )


def facts_of(packed: bytes) -> list[Fact]:
    """A row of the journal; StoreFailed if it is of another exporter, or damaged."""
    try:
        return unpack(packed)
    except MsgspecError as error:
        raise StoreFailed("the journal holds facts that this exporter cannot read: is a newer one theirs?") from error


class Found(NamedTuple):
    """What the store knows of the sessions and listeners that a group of facts is about."""

    sessions: list[Any]
    known: set[bytes]


def looked_up(keys: set[bytes], identities: set[bytes], connection: Connection) -> Found:
    """The rows of these sessions; and who of the listeners, theirs and those named, was here before."""
    rows = journal.sessions(connection, keys)
    not_begun = {bytes(row.identity) for row in rows if not row.begun}
    return Found(rows, journal.known(connection, identities | not_begun))


def people(block: int, connection: Connection) -> Iterable[tuple[int, str, Pair]]:
    """Who listened in each quarter-hour of six hours: its start, the channel, the sketches."""
    table = quarter_people.c
    query = select(table.start, table.channel, table.listeners, table.qualified_listeners)
    rows = connection.execute(query.where(table.start >= block, table.start < block + BLOCK))
    return [(start, channel, (_unpacked(one), _unpacked(other))) for start, channel, one, other in rows]


def _unpacked(blob: bytes | None) -> Sketch | None:
    return sketches.unpack(blob) if blob else None
