"""Removes what is beyond its retention: sessions, reported plays, erasures, events, and by whom songs were asked for.

Sums by the quarter-hour, the studios' play log, the requests themselves and the audit stay.

It goes in small steps, for the thread that removes is the one that commits facts. The file of SQLite does not shrink:
its free pages are filled again by the rows that come, as many as go. Giving them back to the disk (incremental vacuum)
would have to be chosen before the first table is made, and would move pages about for hours that are needed again the
next day. Who has shortened the retention and wants the room back runs `VACUUM` once, with the exporter stopped.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, and_, bindparam, or_, select, update

from exporter.clock import milliseconds
from exporter.config.schema import Retention
from exporter.errors import StoreFailed
from exporter.store import watched
from exporter.store.database import Database
from exporter.store.events import PER_MILLISECOND, key_before
from exporter.store.schema import erasure, event, listen, request, session
from exporter.store.size import Expiry, Size, filled, measure

log = logging.getLogger(__name__)

FIRST_AFTER, EVERY = 60.0, 3600.0
"""Seconds from the start to the first round, and from one round to the next."""

FEWEST, MOST = 50, 1000
"""Rows of one step."""

LONGEST_STEP, PAUSE = 0.05, 0.1
"""Seconds: a step that took longer is followed by a smaller one; and how long others have their turn in between."""


def expiries(retention: Retention, now: int) -> tuple[Expiry, ...]:
    """What goes at a moment."""
    kept = retention.sessions, retention.listens, retention.requesters, retention.events
    sessions, listens, requesters, events = (now - round(float(time) * 1000) for time in kept)
    return (
        Expiry(session, session.c.ended, sessions),
        Expiry(listen, listen.c.at, listens),
        Expiry(erasure, erasure.c.at, sessions),
        Expiry(request, request.c.asked, requesters, cleared=request.c.requester),
        Expiry(event, event.c.id, key_before(events), per_millisecond=PER_MILLISECOND),
    )


class Cleaner:
    """Removes and measures, round after round.

    Args:
        database: what is cleaned.
        retention: how long rows are kept, as the configuration says at the moment.
        first_after, every: seconds to the first round and between two.
    """

    def __init__(
        self,
        database: Database,
        retention: Callable[[], Retention],
        first_after: float = FIRST_AFTER,
        every: float = EVERY,
    ) -> None:
        self._database, self._retention = database, retention
        self._first_after, self._every = first_after, every
        self._rows = FEWEST

    async def rounds(self) -> AsyncIterator[Size]:
        """Clean for ever; what is there comes at the beginning and behind every round."""
        pause = self._first_after
        while True:
            if (size := await self._measured()) is not None:
                yield size
            await asyncio.sleep(pause)
            pause = self._every
            try:
                await self.clean()
            except StoreFailed as error:
                log.warning("rows beyond their retention cannot be removed now: %s", error)

    async def clean(self) -> dict[str, int]:
        """One round: the rows that were removed, or cleared, by table."""
        removed = {}
        for expiry in expiries(self._retention(), milliseconds()):
            removed[expiry.table.name] = await self._clean(expiry)
        if any(removed.values()):
            log.info("removed beyond their retention: %s", ", ".join(f"{n} of {name}" for name, n in removed.items()))
        return removed

    async def _clean(self, expiry: Expiry) -> int:
        total, last = 0, b""
        while True:
            asked = self._rows
            work, last = await self._work(expiry, asked, last)
            removed, took = await self._database.write(partial(_timed, work))
            total += removed
            if removed < asked:
                return total
            self._rows = max(asked // 2, FEWEST) if took > LONGEST_STEP else min(asked * 2, MOST)
            await asyncio.sleep(max(PAUSE, took))

    async def _work(self, expiry: Expiry, most: int, last: bytes) -> tuple[Callable[[Connection], int], bytes]:
        """What the writer has to do next; and up to which hash of a column that goes, `last` being that of before."""
        if expiry.cleared is None:
            return partial(step, expiry, most), last
        keys, last = await self._database.read(partial(overdue, expiry, expiry.cleared, most, last))
        return partial(clear, expiry.cleared, keys), last

    async def _measured(self) -> Size | None:
        limits = expiries(self._retention(), milliseconds())
        try:
            return await self._database.read(lambda connection: measure(connection, limits))
        except StoreFailed as error:
            log.warning("the database cannot be measured now: %s", error)
            return None


def _timed(work: Callable[[Connection], int], connection: Connection) -> tuple[int, float]:
    began = time.monotonic()
    return work(connection), time.monotonic() - began


def step(expiry: Expiry, most: int, connection: Connection) -> int:
    """Remove the oldest rows that should be gone, so many at most; how many they were."""
    table, column, moment = expiry.table, expiry.column, expiry.moment
    (key,) = table.primary_key
    # Two statements: MySQL has no LIMIT within IN (…).
    keys = connection.scalars(select(key).where(column < moment).order_by(column).limit(most)).all()
    if not keys:
        return 0
    if table is session:
        watched.put_down(connection, keys)
    connection.execute(table.delete().where(key.in_(keys)))
    return len(keys)


def clear_before(moment: int, most: int, connection: Connection) -> int:
    """Remove the oldest events before a moment in milliseconds, so many at most; how many they were."""
    return step(Expiry(event, event.c.id, key_before(moment)), most, connection)


Keys = Sequence[tuple[Any, ...]]
"""Primary keys."""


def overdue(expiry: Expiry, column: Column[Any], most: int, last: bytes, connection: Connection) -> tuple[Keys, bytes]:
    """Rows whose column should be empty by now, so many at most, in the order of its hashes; and the last hash.

    It begins with the hash up to which the step before came: so a round goes once through all that are filled, however
    many steps it takes, and however few of them are old.
    """
    old = or_(expiry.column < expiry.moment, expiry.column.is_(None))
    query = select(*expiry.table.primary_key, column).where(filled(column), column >= last, old)
    rows = connection.execute(query.order_by(column).limit(most)).all()
    return [tuple(row[:-1]) for row in rows], bytes(rows[-1][-1]) if rows else last


def clear(column: Column[Any], keys: Keys, connection: Connection) -> int:
    """Set a column of these rows to null; how many they are."""
    of_key = {key: f"key_{key.name}" for key in column.table.primary_key}
    this = and_(*(key == bindparam(name) for key, name in of_key.items()))
    if keys:
        values = [dict(zip(of_key.values(), key, strict=True)) for key in keys]
        connection.execute(update(column.table).where(this).values({column: None}), values)
    return len(keys)
