"""Makes the charts of one studio again and again: those of a day and a week every minute, the others every hour."""

import asyncio
import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from exporter.clock import milliseconds
from exporter.config.schema_sam import SamDatabase
from exporter.errors import StoreFailed
from exporter.page import Block
from exporter.sam import metrics
from exporter.sam.charts.charts import Charts, Rotation
from exporter.sam.charts.windows import WINDOWS
from exporter.sam.reading import Library
from exporter.store.database import Database

log = logging.getLogger(__name__)

OFTEN = {"1d", "7d"}
"""The windows whose charts change by the minute."""

OFTEN_EVERY, EVERY = 60, 3600
"""Seconds from one making of the charts to the next."""


class Charting:
    """The charts as they were made last.

    Args:
        config: the studio's part of the configuration.
        database: the store.
        zone: of the station's clock.
        library: what is known of the library at the moment.
        caught_up: whether all of the history is in the log.
    """

    def __init__(
        self,
        config: SamDatabase,
        database: Database,
        zone: ZoneInfo,
        library: Callable[[], Library | None],
        caught_up: Callable[[], bool],
    ) -> None:
        self._name, self._charts = config.name, Charts(database, config, zone)
        self._library, self._caught_up = library, caught_up
        self._told: str | None = None
        self.blocks: dict[str, Block] = {}
        """By window."""
        self.rotation: Rotation | None = None

    async def run(self) -> None:
        """Make them for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_making(OFTEN, OFTEN_EVERY))
            tasks.create_task(self._keep_making(WINDOWS.keys() - OFTEN, EVERY))

    async def _keep_making(self, windows: set[str], every: int) -> None:
        """Again and again; and at once when more is known than before."""
        while True:
            known = self._known()
            try:
                await self._make(windows)
                self._told = None
            except StoreFailed as error:
                self._complain(str(error))
            for _ in range(every):
                await asyncio.sleep(1)
                if self._known() != known:
                    break

    def _known(self) -> tuple[bool, bool]:
        return self._caught_up(), self._library() is not None

    async def _make(self, windows: set[str]) -> None:
        library = self._library()
        categories = library.categories if library else {}
        for window in (window for window in WINDOWS if window in windows):
            charts = await self._charts.window(window, milliseconds(), categories)
            self.blocks[window] = metrics.render_charts(self._name, charts)
        if "1d" in windows:
            self.rotation = await self._charts.rotation(milliseconds())

    def _complain(self, problem: str) -> None:
        if problem != self._told:
            log.warning("sam/%s: the charts cannot be made: %s", self._name, problem)
        self._told = problem
