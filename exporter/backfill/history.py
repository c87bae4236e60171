"""Writes sessions out of a log: their rows, the sums and the people of their quarter-hours, in one transaction a batch.

A line that is in the sums already adds nothing, so the same command can be run again, after whatever ended it.
Counters are left alone: they stand for what the exporter has watched, and must not jump.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from exporter.backfill.sums import Adding, Play
from exporter.backfill.taken import HOUR, Taken
from exporter.store import sketches
from exporter.store.checkpoint import People, PeopleKey
from exporter.store.database import Database
from exporter.store.journal import ASKED_AT_ONCE
from exporter.store.schema import quarter, quarter_people, session
from exporter.store.sketches import Sketch
from exporter.store.upserts import Upsert, add
from exporter.store.watched import HISTORY

REMEMBERED = 200_000
"""Listeners beyond which those are forgotten, batch by batch, who were last there longer ago than sessions are kept."""


class History:
    """The history of one server.

    Args:
        database: where to.
        server: whose.
        kept_from: sessions that ended before this moment (ms) have no row any more.
        kept_for: milliseconds for which one is known to have been there before.
        returning: whether listeners can be known again on another day.
    """

    def __init__(self, database: Database, server: str, kept_from: int, kept_for: int, *, returning: bool) -> None:
        self._database, self._server = database, server
        self._kept_from, self._kept_for, self._returning = kept_from, kept_for, returning
        self._taken = database.write_now(lambda connection: _prepared(connection, server))
        self._sessions = Upsert(database.dialect, session)
        self._quarters = Upsert(database.dialect, quarter, add)
        self._people = Upsert(database.dialect, quarter_people)
        self._last: dict[bytes, int] = {}

    def write(self, plays: Sequence[Play], peaks: Iterable[tuple[PeopleKey, int]]) -> int:
        """Write a batch; how many of the sessions were new. StoreFailed if nothing of it is written."""
        reached = list(peaks)
        return self._database.write_now(lambda connection: self._write(connection, plays, reached))

    def _write(self, connection: Connection, plays: Sequence[Play], peaks: list[tuple[PeopleKey, int]]) -> int:
        fresh = self._not_taken(connection, plays)
        earlier = self._earlier(connection, plays)
        adding, rows = Adding(), []
        for play in plays:
            returning = self._returns(play, earlier)
            if play.mark not in fresh:
                continue
            fresh.discard(play.mark)  # the same line twice in one batch
            adding.add(play, returning=returning if self._returning else None)
            if play.ended >= self._kept_from:
                rows.append(_row(self._server, play, returning=returning))
        self._forget(plays[-1].ended - self._kept_for if plays else 0)
        self._sessions.run(connection, rows)
        self._quarters.run(connection, [(*key, *sums) for key, sums in adding.sums.items()])
        self._people.run(connection, _merged(connection, adding.people(peaks)))
        return sum(sums[0] for sums in adding.sums.values())

    def _not_taken(self, connection: Connection, plays: Iterable[Play]) -> set[int]:
        """The marks of those that are new; from now on they are taken."""
        by_hour: defaultdict[int, set[int]] = defaultdict(set)
        for play in plays:
            by_hour[play.ended - play.ended % HOUR].add(play.mark)
        there = self._taken.read(connection, by_hour)
        fresh = {hour: marks - there.get(hour, set()) for hour, marks in by_hour.items()}
        self._taken.write(connection, {hour: there.get(hour, set()) | new for hour, new in fresh.items() if new})
        return set().union(*fresh.values())

    def _earlier(self, connection: Connection, plays: Iterable[Play]) -> dict[bytes, int]:
        """When those listeners first came of whom only the store may know (an earlier command, another server)."""
        if not self._returning:
            return {}
        unknown = list({play.who.identity for play in plays if play.who.identity not in self._last})
        first = select(session.c.identity, func.min(session.c.started)).group_by(session.c.identity)
        return {
            bytes(identity): started
            for part in _parts(unknown)
            for identity, started in connection.execute(first.where(session.c.identity.in_(part), session.c.begun))
        }

    def _returns(self, play: Play, earlier: dict[bytes, int]) -> bool:
        """Whether the listener was there before; remember this time."""
        if not self._returning:
            return False
        identity = play.who.identity
        last = self._last.get(identity)
        self._last[identity] = play.ended if last is None else max(play.ended, last)
        if last is not None and last >= play.started - self._kept_for:
            return True
        return earlier.get(identity, play.started) < play.started

    def _forget(self, before: int) -> None:
        """Let go of those who were last there before a moment, if there are many."""
        if len(self._last) > REMEMBERED:
            self._last = {identity: at for identity, at in self._last.items() if at >= before}


def _prepared(connection: Connection, server: str) -> Taken:
    if connection.dialect.name == "sqlite":  # each batch touches pages all over the index of listeners
        connection.exec_driver_sql("PRAGMA cache_size = -65536").close()
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 16384").close()
    return Taken(connection, server)


def _row(server: str, play: Play, *, returning: bool) -> tuple[Any, ...]:
    """A row of the table of sessions. Its key begins with the time, for rows that come in order are written faster."""
    mark, channel, who, started, ended, sent = play
    place, player = who.place, who.player
    return (
        (ended // 1000).to_bytes(5, "big") + mark.to_bytes(8, "big") + b"log", HISTORY, server, channel, "icecast",
        who.identity, who.address, place.country, place.city, place.latitude, place.longitude, player.name,
        player.device, True, None, True, started, ended, ended, True, "left", sent, returning, b"",
    )  # fmt: skip


def _merged(connection: Connection, people: dict[PeopleKey, People]) -> list[tuple[Any, ...]]:
    """The rows of `quarter_people` as they are with these people in them; locked where the database can lock rows."""
    table, there = quarter_people.c, {}
    for part in _parts(sorted({start for start, _ in people})):
        for row in connection.execute(select(quarter_people).where(table.start.in_(part)).with_for_update()):
            there[row.start, row.channel] = row
    return [_united(key, of_key, there.get(key)) for key, of_key in people.items()]


def _united(key: PeopleKey, people: People, there: Any) -> tuple[Any, ...]:
    if there is None:
        return (*key, people.peak, _packed(people.listeners, None), _packed(people.qualified, None))
    return (
        *key,
        max(people.peak, there.peak),
        _packed(people.listeners, there.listeners),
        _packed(people.qualified, there.qualified_listeners),
    )


def _packed(fresh: Sketch | None, stored: bytes | None) -> bytes | None:
    if fresh is None:
        return stored
    return sketches.pack(fresh if stored is None else sketches.union((sketches.unpack(stored), fresh)))


def _parts(keys: Collection[Any]) -> Iterable[list[Any]]:
    every = list(keys)
    return (every[start : start + ASKED_AT_ONCE] for start in range(0, len(every), ASKED_AT_ONCE))
