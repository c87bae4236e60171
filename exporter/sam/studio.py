"""One studio beyond its polls: its logs, its library, its charts, and how many listen."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from exporter.clock import milliseconds
from exporter.config.schema_sam import SamDatabase
from exporter.errors import PollError, StoreFailed
from exporter.event import Tell, silent
from exporter.sam import metrics
from exporter.sam.charting import Charting
from exporter.sam.database.client import SamClient
from exporter.sam.keeping import Keeper
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.news import News
from exporter.sam.reading import Library
from exporter.sam.samples import ListenerSamples
from exporter.store.database import Database

log = logging.getLogger(__name__)

SAMPLE_EVERY = 5.0
"""Seconds from one look at the number of listeners to the next."""

TRY_AGAIN = 5.0
"""Seconds after which a store that failed, or a library that could not be read, is tried again."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a studio needs of the rest of the exporter.

    Attributes:
        database: the store.
        ready: returns when its tables are there and read.
        problem: why nothing can be written at the moment.
        requester: a keyed hash of an address, or None where none is kept.
        listeners: how many listen to what the studio feeds; None if nobody knows.
        tell: takes what happens.
    """

    database: Database
    ready: Callable[[], Awaitable[None]]
    problem: Callable[[], str | None]
    requester: Callable[[str], bytes | None]
    listeners: Callable[[], int | None]
    tell: Tell = silent


class Studio:
    """Everything that is kept of one studio.

    Args:
        config: its part of the configuration.
        zones: of the playout computer's clock, and of the station's.
        around: where it is kept, and who listens.
    """

    def __init__(self, config: SamDatabase, zones: tuple[ZoneInfo, ZoneInfo], around: Surroundings) -> None:
        playout, station = zones
        self._config, self._around = config, around
        self._samples = ListenerSamples()
        self._opened = False
        self.library: Library | None = None
        self.news = News(config.name, around.tell)
        self.requests = RequestLog(around.database, config, playout, around.requester, self.news)
        self.plays = PlayLog(around.database, config, playout, self._samples.at, self.requests, news=self.news)
        self.keeper = Keeper(config.name, self.plays, self.requests, around.problem, self.news)
        self.charting = Charting(config, around.database, station, lambda: self.library, lambda: self.keeper.caught_up)

    def log(self) -> metrics.Log | None:
        """What is in the logs; None until they were read, and while they are far behind.

        Years of plays that are read in a minute were not played in that minute, as a counter would say.
        """
        if not self._opened or self.keeper.years_behind:
            return None
        plays, requests = self.plays, self.requests
        return metrics.Log(
            plays.totals, plays.disruptions, requests.counts, requests.pending, requests.waits, self.charting.rotation
        )

    async def run(self, client: SamClient) -> None:
        """Keep up for ever, over a connection that is not the polls'."""
        await self._open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.keeper.run(client))
            tasks.create_task(self.charting.run())
            tasks.create_task(self._look_at_library(client))
            tasks.create_task(self._sample())

    async def _open(self) -> None:
        await self._around.ready()
        while not self._opened:
            try:
                await self.requests.open()
                await self.plays.open()
                self._opened = True
            except StoreFailed as error:
                log.warning("sam/%s: the play log cannot be opened: %s", self._config.name, error)
                await asyncio.sleep(TRY_AGAIN)

    async def _look_at_library(self, client: SamClient) -> None:
        while True:
            with suppress(PollError):  # the polls tell of it; the next look may go well
                self.library = await client.library()
            await asyncio.sleep(float(self._config.library_interval) if self.library else TRY_AGAIN)

    async def _sample(self) -> None:
        while True:
            if (listeners := self._around.listeners()) is not None:
                self._samples.note(milliseconds(), listeners)
            await asyncio.sleep(SAMPLE_EVERY)
