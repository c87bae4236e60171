"""Asks one engine again and again, and tells why there is no answer: once, and counted."""

import asyncio
import time
from collections.abc import Mapping

from exporter.errors import REASONS, PollError, Reason
from exporter.event import Tell
from exporter.playout.engine import Engine
from exporter.playout.ways import Heard, Way, milliseconds
from exporter.polling.complaints import Complaints

LONGEST = 4.0
"""Seconds for one look, or four fifths of the interval if that is less."""


class Polled:
    """One engine that is asked.

    Args:
        engine: what is known of it.
        way: how it is asked.
        tell: takes the events of its own log.
    """

    def __init__(self, engine: Engine, way: Way, tell: Tell) -> None:
        self._engine, self._way, self._tell = engine, way, tell
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)
        self._complaints = Complaints()

    @property
    def failures(self) -> Mapping[Reason, int]:
        """Looks without a report, by reason."""
        return dict(self._failures)

    async def run(self) -> None:
        """Ask for ever, at the engine's interval."""
        interval = self._engine.config.interval
        while True:
            began = time.monotonic()
            await self.ask()
            await asyncio.sleep(max(0.0, began + interval - time.monotonic()))

    async def ask(self) -> None:
        """Ask once."""
        what = f"the playout engine {self._engine.name}"
        try:
            heard = await self._way.ask(min(LONGEST, 0.8 * self._engine.config.interval))
        except PollError as error:
            self._failures[error.reason] += 1
            self._complaints.about(what, str(error))
        else:
            self._complaints.over(what)
            self._take(heard)

    def _take(self, heard: Heard) -> None:
        wall, now = milliseconds(), time.monotonic()
        self._engine.mended += heard.mended
        for report in heard.reports:
            self._engine.report(report, wall, now)
        for event in heard.events:
            self._tell(event)
        heard.handed_on()
