"""The figures of the moment: who is there now, the last hour and today, kept for those who ask at the same time."""

import asyncio
import time
from collections.abc import Callable
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from exporter.audience.audience import Audience
from exporter.audience.facts import QUARTER
from exporter.clock import milliseconds
from exporter.config.schema import Config
from exporter.reports import audience
from exporter.reports.audience import View
from exporter.reports.calendar import Period, local, periods
from exporter.reports.rows import Figures
from exporter.store.database import Database

GOOD_FOR = 15.0
"""Seconds for which what was read from the store is good: it changes by the checkpoint only."""

Active = dict[str, list[dict[str, Any]]]
"""The sessions of the moment by dimension, as the audience lists them."""


class Current(Struct, frozen=True):
    """What is going on. The station stands first in each list, then its channels."""

    sessions: int
    active: Active
    last_hour: list[Figures]
    today: list[Figures]


class Recent:
    """Reads the last hour and today from the store, once for all who want to know.

    Args:
        config: the configuration of the moment.
        database: where the sums are.
    """

    def __init__(self, config: Callable[[], Config], database: Database) -> None:
        self._config, self._database = config, database
        self._lock = asyncio.Lock()
        self._read: tuple[float, tuple[str, bool], list[Figures], list[Figures]] | None = None

    async def figures(self) -> tuple[list[Figures], list[Figures]]:
        """The last hour and today so far; StoreFailed if they cannot be read."""
        config = self._config()
        wanted = config.station.timezone, config.privacy.mode == "stable"
        async with self._lock:
            if not self._read or self._read[1] != wanted or time.monotonic() - self._read[0] >= GOOD_FOR:
                hour, today = await self._fresh(ZoneInfo(wanted[0]), returning=wanted[1])
                self._read = time.monotonic(), wanted, hour, today
            return self._read[2], self._read[3]

    async def _fresh(self, zone: tzinfo, *, returning: bool) -> tuple[list[Figures], list[Figures]]:
        now = milliseconds()
        view = View(zone, now, returning=returning)
        (today,) = periods("day", zone, now, now + 1)
        read = [await audience.page(self._database, [period], view) for period in (last_hour(zone, now), today)]
        return read[0].rows, read[1].rows


RECENT = web.AppKey("recent", Recent)


def last_hour(zone: tzinfo, now: int) -> Period:
    """The quarter-hour that is under way and the three before it."""
    end = now - now % QUARTER + QUARTER
    start = end - 4 * QUARTER
    return Period(local(start, zone).isoformat(timespec="minutes"), start, end)


def current(who: Audience, hour: list[Figures], today: list[Figures]) -> Current:
    """All of it together. The cities are left to `/stats/active`: they are many and of little use in a hurry."""
    active = {name: rows for name, rows in who.active().items() if name != "city"}
    return Current(sum(row["sessions"] for row in active["server"]), active, hour, today)
