"""Writes what changed since the last checkpoint, and how far in the journal that goes: all of it or nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, select, update

from exporter.store import sketches
from exporter.store.journal import ASKED_AT_ONCE, position
from exporter.store.schema import erasure, journal, progress, quarter, quarter_people, session, total
from exporter.store.sketches import Sketch
from exporter.store.upserts import Touch, Upsert, add

QuarterKey = tuple[int, str, str]
"""Start, channel, country."""

PeopleKey = tuple[int, str]
"""Start, channel; '' is the station."""


CHANGING = ("begun", "started", "seen", "ended", "final", "reason", "sent", "is_returning", "events")
"""What can change of a session. Who listens cannot: to write that anew would cost a change of its index."""


@dataclass(slots=True)
class People:
    """Of one quarter-hour and channel: the most sessions at one time, and who listened (for a minute and more)."""

    peak: int = 0
    listeners: Sketch | None = None
    qualified: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What one checkpoint writes.

    Attributes:
        sequence: the row of the journal up to which it goes.
        sessions: new rows of the table `session`, as tuples.
        changed: of those that are there, the key and what can change (CHANGING).
        seen: `(session_key, seen, sent, events)` of sessions of which nothing else changed.
        totals, quarters: what is added to the sums, by their keys.
        people: what is merged.
        erased_after: erasures up to this one were heeded.
    """

    sequence: int
    sessions: Sequence[tuple[Any, ...]] = ()
    changed: Sequence[tuple[Any, ...]] = ()
    seen: Sequence[tuple[bytes, int, int, bytes]] = ()
    totals: Mapping[tuple[str, str], int] = field(default_factory=dict)
    quarters: Mapping[QuarterKey, Sequence[int]] = field(default_factory=dict)
    people: Mapping[PeopleKey, People] = field(default_factory=dict)
    erased_after: int = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """Who asked to be forgotten since: the number of the latest asking; when (ms), by address and identity."""

    latest: int
    addresses: Mapping[bytes, int]
    identities: Mapping[bytes, int]

    def includes(self, address: bytes, identity: bytes, started: int) -> bool:
        """Whether a session of theirs began before they asked: who listens again afterwards is a listener again."""
        return started <= max(self.addresses.get(address, -1), self.identities.get(identity, -1))


class CheckpointWriter:
    """Writes checkpoints; the statements are prepared once."""

    def __init__(self, dialect: Dialect) -> None:
        self._sessions = Upsert(dialect, session, only=CHANGING)
        self._totals = Upsert(dialect, total, add)
        self._quarters = Upsert(dialect, quarter, add)
        self._people = Upsert(dialect, quarter_people)
        self._changed = Touch(dialect, session, ("session_key", *CHANGING))  # a third of what an upsert costs
        self._seen = Touch(dialect, session, ("session_key", "seen", "sent", "events"))
        names = [column.name for column in session.columns]
        self._whose = itemgetter(*map(names.index, ("address", "identity", "started")))

    def write(self, connection: Connection, checkpoint: Checkpoint) -> Erased:
        """Write it, unless it was written already: a commit may have succeeded though its answer got lost."""
        erased = erasures(connection, checkpoint.erased_after)
        if position(connection) >= checkpoint.sequence:
            return erased
        kept = [row for row in checkpoint.sessions if not erased.includes(*self._whose(row))]
        self._sessions.run(connection, kept)
        self._changed.run(connection, checkpoint.changed)
        self._seen.run(connection, checkpoint.seen)
        self._totals.run(connection, [(*key, value) for key, value in checkpoint.totals.items()])
        self._quarters.run(connection, [(*key, *sums) for key, sums in checkpoint.quarters.items()])
        self._people.run(connection, _merged(connection, checkpoint.people))
        _move(connection, checkpoint.sequence)
        return erased


def erasures(connection: Connection, after: int) -> Erased:
    """Those behind a number."""
    rows = connection.execute(select(erasure).where(erasure.c.id > after).order_by(erasure.c.at)).all()
    return Erased(
        max((row.id for row in rows), default=after),
        {bytes(row.address): row.at for row in rows if row.address},
        {bytes(row.identity): row.at for row in rows if row.identity},
    )


def _merged(connection: Connection, fresh: Mapping[PeopleKey, People]) -> list[tuple[Any, ...]]:
    """The rows as they will be: what is stored, and what came since."""
    stored = _stored(connection, fresh)
    rows = []
    for key, people in fresh.items():
        peak, listeners, qualified = stored.get(key, (0, None, None))
        merged = _united(listeners, people.listeners), _united(qualified, people.qualified)
        rows.append((*key, max(peak, people.peak), *merged))
    return rows


def _stored(connection: Connection, keys: Collection[PeopleKey]) -> dict[PeopleKey, tuple[int, bytes, bytes]]:
    """What is there of these, locked: a backfill beside us adds to the same rows."""
    table = quarter_people.c
    channels: defaultdict[int, list[str]] = defaultdict(list)
    for start, channel in keys:
        channels[start].append(channel)
    found: dict[PeopleKey, tuple[int, bytes, bytes]] = {}
    for start, names in channels.items():
        for first in range(0, len(names), ASKED_AT_ONCE):
            query = select(quarter_people).where(
                table.start == start, table.channel.in_(names[first : first + ASKED_AT_ONCE])
            )
            for row in connection.execute(query.with_for_update()):
                found[start, row.channel] = (row.peak, row.listeners, row.qualified_listeners)
    return found


def _united(stored: bytes | None, fresh: Sketch | None) -> bytes | None:
    if fresh is None:
        return stored
    return sketches.pack(fresh if stored is None else sketches.union((sketches.unpack(stored), fresh)))


def _move(connection: Connection, sequence: int) -> None:
    if not connection.execute(update(progress).values(sequence=sequence)).rowcount:
        connection.execute(progress.insert().values(id=1, sequence=sequence))
    connection.execute(journal.delete().where(journal.c.sequence <= sequence))
