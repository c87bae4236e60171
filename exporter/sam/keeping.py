"""Keeps the log of one studio up with its database: all of it at first, then what each poll finds to be new."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from exporter.clock import milliseconds
from exporter.errors import PollError, StoreFailed
from exporter.sam.database.client import SamClient
from exporter.sam.follow import Follower, HistoryTable, RequestTable
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.news import News

log = logging.getLogger(__name__)

BATCH = 5000
"""Rows of one look: SAM's tables are locked while they are read, so it is never long."""

FAR = 1000
"""Rows that are more than a pause: years, which were not played in the minute in which they are read."""

SAY_EVERY = 10.0
"""Seconds between two words on how far the catch-up is."""


class Keeper:
    """Follows both tables, on a connection and at a pace of its own: no poll waits for it, or for the store.

    Args:
        studio: its name.
        plays, requests: the logs.
        problem: why nothing can be stored at the moment.
        news: hears of it when the logs cannot go on.
    """

    def __init__(
        self, studio: str, plays: PlayLog, requests: RequestLog, problem: Callable[[], str | None], news: News
    ) -> None:
        self._name, self._plays, self._requests, self._problem, self._news = studio, plays, requests, problem, news
        self._history = Follower(studio, HistoryTable(plays))
        self._asked = Follower(studio, RequestTable(requests))
        self._due, self._rested = asyncio.Event(), asyncio.Event()
        self._told: str | None = None
        self._newest = 0
        self.caught_up = False

    @property
    def behind(self) -> int:
        """Rows of the history that are not in the log, about."""
        return 0 if self.caught_up else max(0, self._newest - self._plays.history_id)

    @property
    def years_behind(self) -> bool:
        """Whether what is in the log is not what it will be in a minute."""
        return not self.caught_up and (self._plays.history_id == 0 or self.behind > FAR)

    async def look(self, newest: int, patience: float) -> None:
        """There may be news; return when they are in the log, or after so many seconds."""
        self._newest = newest
        self._rested.clear()
        self._due.set()
        if self.caught_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._rested.wait()

    async def run(self, client: SamClient) -> None:
        """Take what is new whenever there may be something, for ever."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._take_all(client)
                self._told = None
            except (PollError, StoreFailed) as error:  # the next poll that goes well has us try again
                self._complain(str(error))
            self._rested.set()

    async def _take_all(self, client: SamClient) -> None:
        began = said = time.monotonic()
        first = self._plays.history_id
        while await self._take(client):
            self.caught_up = False
            if time.monotonic() - said >= SAY_EVERY:
                said = time.monotonic()
                self._say_how_far(first, said - began)
        if self._plays.history_id - first > FAR:
            log.info("sam/%s: the history is read (%.0f s)", self._name, time.monotonic() - began)
        self.caught_up = True
        await self._look_again(client)

    async def _take(self, client: SamClient) -> bool:
        """One look at both tables, requests first: a play may be of one of them. Whether there may be more."""
        if problem := self._problem():
            raise StoreFailed(problem)
        more_asked = await self._asked.look(client, BATCH, milliseconds())
        return await self._history.look(client, BATCH, milliseconds()) or more_asked

    async def _look_again(self, client: SamClient) -> None:
        """Requests that waited may have been decided about; or nobody ever will, not even of a table that is gone."""
        if open_ids := await self._requests.open_ids():
            await self._requests.append(await client.requests_by_id(open_ids), milliseconds())
        await self._requests.expire(milliseconds())

    def _say_how_far(self, first: int, seconds: float) -> None:
        at = self._plays.history_id
        rate = (at - first) / seconds
        left = f", {max(0, self._newest - at) / rate:.0f} s left" if rate > 0 else ""
        log.info("sam/%s: reading the history: row %d of %d%s", self._name, at, self._newest, left)

    def _complain(self, problem: str) -> None:
        if problem != self._told:
            log.warning("sam/%s: the play log cannot go on: %s", self._name, problem)
            self._news.stuck(problem)
        self._told = problem
