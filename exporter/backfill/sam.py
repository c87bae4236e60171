"""From a playout's database to OpenMetrics: reads its history and its requests once, in batches, and keeps none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TextIO, TypeVar
from zoneinfo import ZoneInfo

from exporter.backfill import sam_plays, sam_requests
from exporter.backfill.progress import Progress
from exporter.backfill.sam_plays import Plays
from exporter.backfill.sam_requests import Requests
from exporter.backfill.sam_span import EARLIEST, Span
from exporter.backfill.sam_spool import Spool
from exporter.config.schema_sam import SamDatabase
from exporter.errors import ConnectionFailed, ParseError, PollTimeout
from exporter.sam.database.client import SamClient
from exporter.sam.log.timeline import Rules
from exporter.sam.reading import HistoryRow, RequestRow

BATCH = 5000
"""Rows that are read at once: a moment for a table that is locked meanwhile."""

RETRIES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds of waiting before a batch is asked for again."""

T = TypeVar("T")
R = TypeVar("R", HistoryRow, RequestRow)


class SamBackfill:
    """One run over the database of one studio.

    Args:
        config: of the studio.
        zone: of the playout computer's clock.
        span: from when to when.
        spool: takes the samples.
    """

    def __init__(self, config: SamDatabase, zone: ZoneInfo, span: Span, spool: Spool) -> None:
        rules = Rules(zone, config.date_played_means, round(float(config.skip_below) * 1000), lambda _: None)
        self._plays = Plays(rules, span, spool)
        expire = round(float(config.requests_expire) * 1000)
        self._requests = Requests(zone, expire, self._plays.fulfilled, span, spool)
        self._spool, self._client = spool, SamClient(config)
        self.server, self.plays, self.requests = config.name, 0, 0

    @property
    def samples(self) -> int:
        """What was written."""
        return self._spool.samples

    async def run(self, progress: Callable[[int], Progress]) -> None:
        """Read everything; PollError if the database cannot be read. `progress` is made of how many rows there are."""
        client = self._client
        try:
            history = await _numbers(client.history, (await _patiently(client.now)).newest)
            if "history" in client.missing:
                raise ParseError("its history cannot be read: check `database`, and what `user` may")
            requests = await _numbers(client.requests, await _patiently(client.newest_request))
            shown = progress(len(history) + len(requests))
            try:
                await self._read(history, requests, shown)
            finally:
                shown.end()
        finally:
            await client.close()

    def write(self, file: TextIO) -> None:
        """Everything that was read, as OpenMetrics."""
        self._spool.write((*sam_plays.FAMILIES, *sam_requests.FAMILIES), file)

    async def _read(self, history: range, requests: range, progress: Progress) -> None:
        """Plays first: they say which requests were played."""
        async for plays in from_a_time_on(_batches(self._client.history)):
            self._plays.take(plays)
            self.plays += len(plays)
            progress.show(plays[-1].history_id + 1 - history.start, self.plays)
            if self._plays.order.over:
                break
        async for asked in from_a_time_on(_batches(self._client.requests)):
            self._requests.take(asked)
            self.requests += len(asked)
            progress.show(len(history) + asked[-1].request_id + 1 - requests.start, self.plays + self.requests)
            if self._requests.order.over:
                break
        self._requests.end()


Read = Callable[[int, int], Awaitable[list[R] | None]]
"""At most so many rows with a number above another; None if they cannot be read, of which the log tells."""


async def _numbers(read: Read[R], newest: R | None) -> range:
    """The numbers of a table's rows, from the first to the newest; most of them are there."""
    first = await _patiently(lambda: read(0, 1))
    return range(_number(first[0]), _number(newest) + 1) if first and newest is not None else range(0)


async def _batches(read: Read[R]) -> AsyncIterator[list[R]]:
    after = 0
    while rows := await _patiently(partial(read, after, BATCH)):
        yield rows
        after = _number(rows[-1])


async def from_a_time_on(batches: AsyncIterator[list[R]]) -> AsyncIterator[list[R]]:
    """The same rows; the first batch goes on until one of them has a good time.

    What has none is placed by those before it, and the first ones by the first that has one.
    """
    waiting: list[R] = []
    begun = False
    async for rows in batches:
        waiting += rows
        begun = begun or any(map(_dated, rows))
        if begun:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _dated(row: HistoryRow | RequestRow) -> bool:
    """Whether its time is one that is believed, in whichever zone it was written."""
    written = row.played if isinstance(row, HistoryRow) else row.asked
    day, earliest = timedelta(days=1), datetime.fromtimestamp(EARLIEST / 1000, UTC).replace(tzinfo=None)
    return written is not None and earliest + day < written < datetime.now(UTC).replace(tzinfo=None) - day


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again when the server does not answer: it may be busy with the playout."""
    for seconds in RETRIES:
        try:
            return await ask()
        except (ConnectionFailed, PollTimeout):
            await asyncio.sleep(seconds)
    return await ask()


def _number(row: HistoryRow | RequestRow) -> int:
    return row.history_id if isinstance(row, HistoryRow) else row.request_id
