"""Asks one engine again and again, and tells why there is no answer: once, and counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from exporter.clock import milliseconds
from exporter.errors import REASONS, PollError, Reason, StoreFailed
from exporter.event import Event
from exporter.playout.engine import Engine
from exporter.playout.ways import Heard, Way
from exporter.polling.complaints import Complaints

LONGEST = 4.0
"""Seconds for one look, or four fifths of the interval if that is less."""

PATIENCE = 1.0
"""Seconds for which a look waits for its events to be kept: a store that is slow makes no engine silent."""

NOTHING_NEW = "it can be read, but there is nothing new in it"

Keep = Callable[[Sequence[Event]], Awaitable[int]]
"""Keeps events, each once however often it comes; StoreFailed."""


class Polled:
    """One engine that is asked.

    Args:
        engine: what is known of it.
        way: how it is asked.
        keep: keeps the events of its own log.

    Attributes:
        trouble: why the last look did not find the engine alive; None = it did, or there was no look yet.
    """

    def __init__(self, engine: Engine, way: Way, keep: Keep) -> None:
        self._engine, self._way, self._keep = engine, way, keep
        self._keeping: asyncio.Task[None] | None = None
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)
        self._unread, self._unkept = Complaints(), Complaints("kept")
        self.trouble: str | None = None

    @property
    def failures(self) -> Mapping[Reason, int]:
        """Looks without a report, by reason."""
        return dict(self._failures)

    async def run(self) -> None:
        """Ask for ever, at the engine's interval."""
        interval = self._engine.config.interval
        try:
            while True:
                began = time.monotonic()
                await self.ask()
                await asyncio.sleep(max(0.0, began + interval - time.monotonic()))
        finally:
            keeping, self._keeping = self._keeping, None
            if keeping is not None:
                keeping.cancel()

    async def ask(self) -> None:
        """Ask once."""
        what = f"the playout engine {self._engine.name}"
        try:
            heard = await self._way.ask(min(LONGEST, 0.8 * self._engine.config.interval))
        except PollError as error:
            self._failures[error.reason] += 1
            self.trouble = str(error)
            self._unread.about(what, self.trouble)
        else:
            self._unread.over(what)
            self._unread.about(f"the event log of {self._engine.name}", heard.log_trouble)
            self._report(heard)
            self.trouble = None if self._engine.reading(time.monotonic()).up else NOTHING_NEW
            await self._hand_on(heard)

    def _report(self, heard: Heard) -> None:
        wall, now = milliseconds(), time.monotonic()
        for report in heard.reports:
            self._engine.report(report, wall, now)
        heard.reported()

    async def _hand_on(self, heard: Heard) -> None:
        """Have the events kept, and then remembered that they are. What is not remembered is found again next time."""
        self._look_back()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._kept(heard))
            await asyncio.wait({self._keeping}, timeout=PATIENCE)
            self._look_back()

    def _look_back(self) -> None:
        """Raise what a keeping that has ended stumbled over: it is a bug."""
        if self._keeping is not None and self._keeping.done():
            ended, self._keeping = self._keeping, None
            ended.result()

    async def _kept(self, heard: Heard) -> None:
        what = f"events of the playout engine {self._engine.name}"
        try:
            if heard.events:
                await self._keep(heard.events)
        except StoreFailed as error:
            self._unkept.about(what, str(error))
            return
        self._unkept.over(what)
        self._engine.mended += heard.mended  # only now, for what is not kept is found again
        await asyncio.to_thread(heard.handed_on)
