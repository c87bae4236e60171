"""The log of what listeners asked for: kept in the store, each batch with how far it goes, and counted in memory.

Once it is known what became of a request, that is final. The requester's address becomes a keyed hash at once.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from msgspec.structs import astuple
from sqlalchemy import Connection

from exporter.config.schema_sam import SamDatabase
from exporter.event import silent
from exporter.sam.clocks import to_unix
from exporter.sam.log.asked import Change, Earlier, Entry, Known, Tally, added, tally, waits
from exporter.sam.log.outcomes import ACCEPTED_CODE, OUTCOMES, REFUSALS, WAIT_BUCKETS, Waits
from exporter.sam.news import News
from exporter.sam.reading import RequestRow
from exporter.store import music
from exporter.store import requests as stored
from exporter.store.database import Database
from exporter.store.requests import RequestWriter

__all__ = ["OUTCOMES", "REFUSALS", "WAIT_BUCKETS", "RequestLog", "Waits"]

PLAYED_WITHIN = 7 * 86_400_000
"""How long after the newest request of a batch its plays are looked for among those that are in the log already."""


class RequestLog:
    """The requests of one studio.

    Args:
        database: the store.
        config: of the studio.
        zone: of the playout computer's clock.
        requester: keyed hash of 16 bytes of an address; None = of nobody.
        news: hears of new requests once they are in the store.
    """

    def __init__(
        self,
        database: Database,
        config: SamDatabase,
        zone: ZoneInfo,
        requester: Callable[[str], bytes | None],
        news: News | None = None,
    ) -> None:
        self._database, self._server, self._zone, self._requester = database, config.name, zone, requester
        self._news = news or News(config.name, silent)
        self._expire = round(float(config.requests_expire) * 1000)
        self._writer = RequestWriter(database.dialect, config.name)
        self._sure = False
        self._tally = Tally()
        self._latest: int | None = None
        self._asked_after = 0
        self.lock = asyncio.Lock()
        """Held by whoever writes requests, or plays that fulfil them."""
        self.generation, self.request_id, self.request_mark = 0, 0, 0

    @property
    def counts(self) -> Mapping[str, int]:
        """By each of OUTCOMES."""
        return self._tally.counts

    @property
    def pending(self) -> int:
        """How many nobody has decided about, or played."""
        return self._tally.pending

    @property
    def waits(self) -> Waits:
        """How long those that were played had waited."""
        return self._tally.waits

    async def open(self) -> None:
        """Begin with what the store has; StoreFailed if it cannot be read."""
        async with self.lock:
            await self._load()

    async def append(self, rows: Sequence[RequestRow], now: int, mark: int | None = None) -> int:
        """Add new rows (behind `request_id`) and look anew at those that are read again, in one transaction.

        Rows come in the order of their ID. `mark` is the fingerprint of the last new one; None = as it was.
        Returns how many are new. StoreFailed: call again.
        """
        async with self.lock:
            await self._be_sure()
            fresh = [row for row in rows if row.request_id > self.request_id]
            again = {row.request_id: row for row in rows if row.request_id <= self.request_id}
            entries = self._entries(fresh)
            known = await self._database.read(partial(self._look_up, entries, list(again)))
            changes = [added(entry, row, known, now, self._expire) for entry, row in zip(entries, fresh, strict=True)]
            for number, entry in known.again.items():
                row = again[number]
                changes.append(Change(entry, entry.judged(row.code, row.status, now, self._expire)))
            last = fresh[-1].request_id if fresh else self.request_id
            await self._put(changes, last, self.request_mark if mark is None else mark)
            self._latest = next((entry.asked for entry in reversed(entries) if entry.asked is not None), self._latest)
            new = [change.now for change in changes if change.before is None]
            self._news.asked(new)
            return len(new)

    async def open_ids(self, limit: int = 500) -> list[int]:
        """The next pending requests of the table as it is now, oldest first; behind the newest it begins anew."""
        async with self.lock:
            query = partial(stored.open_ids, server=self._server, generation=self.generation, limit=limit)
            found = await self._database.read(partial(query, after=self._asked_after))
            if not found and self._asked_after:
                found = await self._database.read(partial(query, after=0))
            self._asked_after = found[-1] if len(found) == limit else 0
            return found

    async def expire(self, now: int) -> int:
        """Give up those that were asked for too long ago. Returns how many are not pending any more."""
        async with self.lock:
            await self._be_sure()
            if not self.pending:
                return 0
            before = now - self._expire
            query = partial(stored.older_than, server=self._server, moment=before)
            rows = await self._database.read(query)
            entries = [Entry.of(row) for row in rows]
            changes = [Change(entry, entry.judged(entry.code, "", now, self._expire)) for entry in entries]
            await self._put(changes, self.request_id, self.request_mark)
            return len(changes)

    async def disrupted(self, resume_after: int = 0, mark: int = 0) -> None:
        """The table is another one, or begins anew: it is read behind `resume_after`, whose fingerprint is `mark`."""
        async with self.lock:
            await self._be_sure()
            generation = self.generation + 1
            await self._write(lambda connection: self._writer.read_up_to(connection, generation, resume_after, mark))
            self.generation, self.request_id, self.request_mark = generation, resume_after, mark
            self._latest, self._asked_after = None, 0

    def fulfil(self, connection: Connection, plays: Sequence[tuple[int, int]]) -> list[int]:
        """Note that these were played: the request's number and the play's start. Returns how long each had waited.

        It is part of the plays' transaction, for which the lock is held. Once it succeeded, tell `waited`.
        """
        if not plays:
            return []
        asked = dict(stored.waiting(connection, self._server, self.generation, [number for number, _ in plays]))
        found = waits(asked, plays)
        stored.fulfil(connection, self._server, self.generation, found)
        return list(found.values())

    def waited(self, waits: Sequence[int]) -> None:
        """What `fulfil` has found is in the store."""
        self._tally = self._tally.waited(waits)

    def doubt(self) -> None:
        """Nobody knows whether something arrived in the store: it is read anew before anything else is written."""
        self._sure = False

    async def _be_sure(self) -> None:
        if not self._sure:
            await self._load()

    async def _load(self) -> None:
        studio = await self._database.write(lambda connection: music.studio_row(connection, self._server))
        self.generation = studio.request_generation
        await self._database.read(self._read)
        self.request_id, self.request_mark = studio.request_id, studio.request_mark
        self._sure = True

    def _read(self, connection: Connection) -> None:
        outcomes = stored.outcomes(connection, self._server, ACCEPTED_CODE)
        bounds = [bound * 1000 for bound in WAIT_BUCKETS]
        self._tally = tally(outcomes, stored.waits(connection, self._server, bounds))
        self._latest = stored.latest(connection, self._server, self.generation)

    def _entries(self, rows: Sequence[RequestRow]) -> list[Entry]:
        """New rows as they are kept, before anybody asked what became of them."""
        entries, latest = [], self._latest
        for row in rows:
            asked = None if row.asked is None else to_unix(row.asked, self._zone, latest)
            latest = latest if asked is None else asked
            hashed = self._requester(row.host)
            entries.append(Entry(self.generation, row.request_id, asked, row.song_id, row.code, requester=hashed))
        return entries

    def _look_up(self, entries: Sequence[Entry], again: Sequence[int], connection: Connection) -> Known:
        asked = {entry.request_id: entry.asked for entry in entries if entry.asked is not None}
        timeless = [entry.request_id for entry in entries if entry.asked is None]
        rows, plays = [], []
        if self.generation > 1:
            rows = stored.earlier(connection, self._server, self.generation, list(asked.values()), timeless)
        if asked:
            last = max(asked.values()) + PLAYED_WITHIN
            plays = stored.plays_asked_for(connection, self._server, min(asked.values()), last)
        read_again = stored.of_ids(connection, self._server, self.generation, again)
        return Known({row.request_id: Entry.of(row) for row in read_again}, Earlier(rows), waits(asked, plays))

    async def _put(self, changes: Sequence[Change], request_id: int, mark: int) -> None:
        """Write what is another now, and how far the table is read with it."""
        real = [change for change in changes if change.before != change.now]
        if real or (request_id, mark) != (self.request_id, self.request_mark):
            await self._write(partial(self._write_changes, real, request_id, mark))
        self.request_id, self.request_mark = request_id, mark
        self._tally = self._tally.after(real)

    def _write_changes(self, changes: Sequence[Change], request_id: int, mark: int, connection: Connection) -> None:
        keys = [(change.before.key, change.now.key) for change in changes if change.before is not None]
        self._writer.move(connection, [(was, now) for was, now in keys if was != now])
        self._writer.write(connection, [(self._server, *astuple(change.now)) for change in changes])
        self._writer.read_up_to(connection, self.generation, request_id, mark)

    async def _write(self, work: Callable[[Connection], None]) -> None:
        """In one transaction; what fails is a doubt."""
        self._sure = False
        await self._database.write(work)
        self._sure = True
