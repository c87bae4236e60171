"""The log of what a studio has played: kept in the store, each batch with how far it goes, and summed in memory.

After a write that failed nobody can say whether it arrived: everything in memory is then read from the store again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from msgspec import structs
from sqlalchemy import Connection

from exporter.config.schema_sam import SamDatabase
from exporter.event import silent
from exporter.sam.charts.windows import AHEAD
from exporter.sam.log.again import look_up
from exporter.sam.log.batch import Batch
from exporter.sam.log.requests import RequestLog
from exporter.sam.log.songs import Songs
from exporter.sam.log.timeline import Listeners, Play, Rules, State, Timeline
from exporter.sam.log.totals import Sum, grown, totals
from exporter.sam.news import News
from exporter.sam.reading import HistoryRow, Song
from exporter.store import music
from exporter.store.database import Database
from exporter.store.music import MusicWriter, Progress

T = TypeVar("T")

KINDS = ("reset", "replaced", "clock_back")
"""What can happen to a history: it was emptied; it is another's; the playout's clock was set back."""

_AT_A_TIME = 250
"""Rows after which others have their turn: some two milliseconds."""


class PlayLog:
    """The plays of one studio.

    Args:
        database: the store.
        config: of the studio.
        zone: of the playout computer's clock.
        listeners_at: how many listened to the live mounts at a moment, in milliseconds of Unix time.
        requests: learns, in the same transaction, which requests the plays fulfil.
        news: hears of new plays once they are in the store.
    """

    def __init__(
        self,
        database: Database,
        config: SamDatabase,
        zone: ZoneInfo,
        listeners_at: Listeners,
        requests: RequestLog | None = None,
        *,
        news: News | None = None,
    ) -> None:
        self._database, self._server = database, config.name
        skip_below = round(float(config.skip_below) * 1000)
        self._rules = Rules(zone, config.date_played_means, skip_below, listeners_at)
        self._requests = requests or RequestLog(database, config, zone, lambda _: None)
        self._news = news or News(config.name, silent)
        self._songs = Songs(config.name)
        self._writer = MusicWriter(database.dialect, config.name)
        self._lock = asyncio.Lock()
        self._sure = False
        self._state, self._tail_generation = State(), 0
        self.generation, self.history_id, self.history_mark = 1, 0, 0
        self.totals: Mapping[str, Sum] = totals(())
        self.disruptions: Mapping[str, int] = dict.fromkeys(KINDS, 0)

    async def open(self) -> None:
        """Begin with what the store has; StoreFailed if it cannot be read."""
        async with self._lock:
            await self._load()

    async def append(self, rows: Sequence[HistoryRow], mark: int) -> int:
        """Add rows, in the order of their ID, in one transaction; those at or below `history_id` are there already.

        `mark` is the fingerprint of the last of them. Returns how many plays are new. StoreFailed: call again.
        The newest play's row may come again: after a restart it says what the store does not keep, its own listeners.
        """
        async with self._lock:
            if not self._sure:
                await self._load()
            self._recall(rows)
            fresh = [row for row in rows if row.history_id > self.history_id]
            return await self._append(fresh, mark) if fresh else 0

    async def disrupted(self, kind: Literal["reset", "replaced"], resume_after: int, mark: int) -> None:
        """The table is another one, or begins anew: it is read behind `resume_after`, whose fingerprint is `mark`."""
        async with self._lock:
            if not self._sure:
                await self._load()
            await self._write(partial(self._begin, kind, self.generation + 1, resume_after, mark))
            self.generation, self.history_id, self.history_mark = self.generation + 1, resume_after, mark
            self._state = structs.replace(self._state, new_table=True)
            self.disruptions = {**self.disruptions, kind: self.disruptions[kind] + 1}

    def _begin(self, kind: str, generation: int, resume_after: int, mark: int, connection: Connection) -> list[int]:
        self._writer.begin(connection, generation, resume_after, mark)
        self._writer.disrupted(connection, {kind: 1})
        return []

    async def _load(self) -> None:
        studio = await self._database.write(lambda connection: music.studio_row(connection, self._server))
        await self._database.read(self._read)
        self.generation, self.history_id, self.history_mark = studio.generation, studio.history_id, studio.history_mark
        self._state = State(self._state.tail, self._tail_generation != self.generation)
        self._sure = True

    def _read(self, connection: Connection) -> None:
        self.totals = totals((kind, Sum(*sums)) for kind, sums in music.sums(connection, self._server, _latest()))
        self.disruptions = music.disruptions(connection, self._server, KINDS)
        row = music.tail(connection, self._server)
        self._state = State(None if row is None else self._restored(row))
        self._tail_generation = 0 if row is None else row.generation

    def _restored(self, row: Any) -> Play:
        """The tail as it was."""
        song = Song(row.song_id, row.artist, row.title, row.album, row.genre, row.label, row.isrc)
        # Before its end is known, `listeners_before` may be the mounts'. One without the other is the row's own.
        own = None if row.aired is None else row.listeners_before
        history = HistoryRow(row.history_id, None, row.nominal, row.songtype, song, row.request_id, own)
        lasted = row.nominal if row.aired is None else row.aired
        moment = row.started if self._rules.means == "start" else row.started + lasted
        return Play(history, moment, row.started, row.aired, row.skipped, row.listeners_before, row.listeners_after)

    def _recall(self, rows: Sequence[HistoryRow]) -> None:
        """Learn from a row that is read again what the tail, as the store has it, does not say."""
        tail = self._state.tail
        if tail is None or self._state.new_table or tail.row.listeners is not None:
            return
        for row in rows:
            if row.history_id == tail.row.history_id and row.listeners is not None:
                history = structs.replace(tail.row, listeners=row.listeners)
                self._state = State(structs.replace(tail, row=history))

    async def _append(self, rows: Sequence[HistoryRow], mark: int) -> int:
        timeline, last = Timeline(self._rules, self._state), rows[-1].history_id
        async for part in _parts(rows):
            timeline.follow(part)
        batch = await self._batch(timeline)
        await self._write(partial(self._put, batch, batch.progress(last, mark)))
        self._songs.written(batch.songs)
        self.history_id, self.history_mark = last, mark
        self.totals = grown(self.totals, batch.gain)
        self.disruptions = {**self.disruptions, "clock_back": self.disruptions["clock_back"] + batch.clock_backs}
        if batch.tail is not None:
            self._state, self._tail_generation = State(batch.tail), self.generation
        self._news.played(batch.fresh)
        return batch.new

    async def _batch(self, timeline: Timeline) -> Batch:
        """The plays, beside what is in the log of an earlier generation."""
        known = await self._database.read(
            partial(look_up, self._rules.means, self._server, self.generation, timeline.plays)
        )
        batch = Batch(self._server, self.generation, self._songs, known, _latest())
        async for part in _parts(timeline.plays):
            batch.add(part)
        tail = self._state.tail
        if timeline.completed is not None and tail is not None:
            batch.complete((self._tail_generation, tail.row.history_id), tail, timeline.completed)
        return batch

    def _put(self, batch: Batch, progress: Progress, connection: Connection) -> list[int]:
        self._writer.write(connection, progress)
        return self._requests.fulfil(connection, batch.asked_for)

    async def _write(self, work: Callable[[Connection], list[int]]) -> None:
        """Write in one transaction, which says how long requests were waiting. What fails is a doubt."""
        async with self._requests.lock:
            self._sure = False
            try:
                waits = await self._database.write(work)
            except BaseException:
                self._requests.doubt()
                raise
            self._requests.waited(waits)
            self._sure = True


def _latest() -> int:
    """The latest start that is believed now."""
    return round(time.time() * 1000) + AHEAD


async def _parts(rows: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """A few at a time; in between others have their turn."""
    for start in range(0, len(rows), _AT_A_TIME):
        yield rows[start : start + _AT_A_TIME]
        await asyncio.sleep(0)
