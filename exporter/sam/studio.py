"""One studio's logs and charts, kept up with its database: what goes on beside the polls, and what a poll adds."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from zoneinfo import ZoneInfo

from exporter.config.schema_sam import SamDatabase
from exporter.errors import PollError, StoreFailed
from exporter.page import Block
from exporter.sam import metrics
from exporter.sam.charts.charts import Charts, Rotation
from exporter.sam.charts.windows import WINDOWS
from exporter.sam.database.client import SamClient
from exporter.sam.follow import AT_A_POLL, CATCHING_UP, Follower, HistoryTable, RequestTable
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.reading import Library
from exporter.sam.samples import ListenerSamples
from exporter.store.database import Database

log = logging.getLogger(__name__)

OFTEN = {"1d", "7d"}
"""The windows whose charts change by the minute."""

OFTEN_EVERY, EVERY = 60, 3600
"""Seconds from one making of the charts to the next."""

SAMPLE_EVERY = 5.0
"""Seconds from one look at the number of listeners to the next."""

TRY_AGAIN = 5.0
"""Seconds after which the catch-up, or a store that failed, is tried again."""

SAY_EVERY = 10.0
"""Seconds between two words on how far the catch-up is."""


class Store:
    """What a studio needs of the exporter's own store.

    Args:
        database: the store.
        ready: returns when its tables are there and read.
        problem: why nothing can be written at the moment.
        requester: a keyed hash of an address, or None where none is kept.
    """

    def __init__(
        self,
        database: Database,
        ready: Callable[[], Awaitable[None]],
        problem: Callable[[], str | None],
        requester: Callable[[str], bytes | None],
    ) -> None:
        self.database, self.ready, self.problem, self.requester = database, ready, problem, requester


class Studio:
    """Everything that is kept of one studio.

    Args:
        config: its part of the configuration.
        zones: of the playout computer's clock, and of the station's.
        store: where it is kept.
        listeners: how many listen to what the studio feeds; None if nobody knows.
    """

    def __init__(
        self,
        config: SamDatabase,
        zones: tuple[ZoneInfo, ZoneInfo],
        store: Store,
        listeners: Callable[[], int | None],
    ) -> None:
        playout, station = zones
        self._config, self._store, self._listeners = config, store, listeners
        self._samples = ListenerSamples()
        self.requests = RequestLog(store.database, config, playout, store.requester)
        self.plays = PlayLog(store.database, config, playout, self._samples.at, self.requests)
        self._charts = Charts(store.database, config, station)
        self._history = Follower(config.name, HistoryTable(self.plays))
        self._asked = Follower(config.name, RequestTable(self.requests))
        self._opened = False
        self._told: str | None = None
        self.caught_up, self._too_much = asyncio.Event(), asyncio.Event()
        self.library: Library | None = None
        self.rotation: Rotation | None = None
        self.charts: dict[str, Block] = {}
        self._newest = 0

    @property
    def behind(self) -> int:
        """Rows of the history that are not in the log, about."""
        return 0 if self.caught_up.is_set() else max(0, self._newest - self.plays.history_id)

    def log(self) -> metrics.Log | None:
        """What is in the logs; None until they were read, and while they are far behind.

        Years of plays that are read in a minute were not played in that minute, as a counter would say.
        """
        begins = self.plays.history_id == 0 or self.behind > AT_A_POLL
        if not self._opened or (begins and not self.caught_up.is_set()):
            return None
        plays, requests = self.plays, self.requests
        return metrics.Log(
            plays.totals, plays.disruptions, requests.counts, requests.pending, requests.waits, self.rotation
        )

    async def polled(self, client: SamClient, newest: int) -> None:
        """Take what came since the last poll, if the catch-up is done; PollError."""
        self._newest = newest
        if not self.caught_up.is_set():
            return
        try:
            more = await self._take(client, AT_A_POLL)
            await self._requests_again(client)
        except StoreFailed as error:
            self._complain(str(error))
            return
        if more:
            self.caught_up.clear()
            self._too_much.set()
        self._told = None

    async def run(self, client: SamClient) -> None:
        """Keep up for ever, over a connection that is not the polls'."""
        await self._open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_up(client))
            tasks.create_task(self._look_at_library(client))
            tasks.create_task(self._make_charts(OFTEN_EVERY, OFTEN))
            tasks.create_task(self._make_charts(EVERY, WINDOWS.keys() - OFTEN))
            tasks.create_task(self._sample())

    async def _open(self) -> None:
        await self._store.ready()
        while not self._opened:
            try:
                await self.requests.open()
                await self.plays.open()
                self._opened = True
            except StoreFailed as error:
                self._complain(str(error))
                await asyncio.sleep(TRY_AGAIN)

    async def _take(self, client: SamClient, limit: int) -> bool:
        """One look at both tables, requests first: a play may be of one of them. Whether there may be more."""
        if problem := self._store.problem():
            raise StoreFailed(problem)
        now = _now()
        more_asked = await self._asked.look(client, limit, now)
        return await self._history.look(client, limit, now) or more_asked

    async def _requests_again(self, client: SamClient) -> None:
        """Those that waited may have been decided about."""
        if open_ids := await self.requests.open_ids():
            now = _now()
            await self.requests.append(await client.requests_by_id(open_ids), now)
            await self.requests.expire(now)

    async def _keep_up(self, client: SamClient) -> None:
        """Read all that is not read yet, whenever a poll finds that it is too much for it."""
        while True:
            await self._catch_up(client)
            await self._too_much.wait()
            self._too_much.clear()

    async def _catch_up(self, client: SamClient) -> None:
        began = said = time.monotonic()
        first = self.plays.history_id
        while not self.caught_up.is_set():
            try:
                if not await self._take(client, CATCHING_UP):
                    self.caught_up.set()
            except (PollError, StoreFailed) as error:  # of a database that is down the polls tell too
                self._complain(str(error))
                await asyncio.sleep(TRY_AGAIN)
            if time.monotonic() - said >= SAY_EVERY:
                said = time.monotonic()
                self._say_how_far(first, said - began)
        last, seconds = self.plays.history_id, time.monotonic() - began
        if last - first > AT_A_POLL:
            log.info("sam/%s: the history is read up to row %d (%.0f s)", self._config.name, last, seconds)

    def _say_how_far(self, first: int, seconds: float) -> None:
        at, newest = self.plays.history_id, self._newest
        rate = (at - first) / seconds
        left = f", {max(0, newest - at) / rate:.0f} s left" if rate > 0 else ""
        log.info("sam/%s: reading the history: row %d of %d%s", self._config.name, at, newest, left)

    async def _look_at_library(self, client: SamClient) -> None:
        while True:
            with suppress(PollError):  # the polls tell of it; the next look may go well
                self.library = await client.library()
            await asyncio.sleep(float(self._config.library_interval) if self.library else TRY_AGAIN)

    async def _make_charts(self, every: int, windows: set[str]) -> None:
        """Make the charts of some windows again and again; and at once when more is known than before."""
        while True:
            known = self._known()
            try:
                await self._make(windows)
            except StoreFailed as error:
                self._complain(str(error))
            for _ in range(every):
                await asyncio.sleep(1)
                if self._known() != known:
                    break

    def _known(self) -> tuple[bool, bool]:
        """Whether all of the history is in the log, and the library was read."""
        return self.caught_up.is_set(), self.library is not None

    async def _make(self, windows: set[str]) -> None:
        categories = self.library.categories if self.library else {}
        for window in (window for window in WINDOWS if window in windows):
            charts = await self._charts.window(window, _now(), categories)
            self.charts[window] = metrics.render_charts(self._config.name, charts)
        if "1d" in windows:
            self.rotation = await self._charts.rotation(_now())

    async def _sample(self) -> None:
        while True:
            if (listeners := self._listeners()) is not None:
                self._samples.note(_now(), listeners)
            await asyncio.sleep(SAMPLE_EVERY)

    def _complain(self, problem: str) -> None:
        if problem != self._told:
            log.warning("sam/%s: the play log cannot go on: %s", self._config.name, problem)
        self._told = problem


def _now() -> int:
    return time.time_ns() // 1_000_000
