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

Keep = Callable[[Sequence[Event], Sequence[bool]], Awaitable[int]]
"""Keeps events, each with whether its time is its own, so that it is kept once; StoreFailed."""


class Polled:
    """One engine that is asked.

    Args:
        engine: what is known of it.
        way: how it is asked.
        keep: keeps the events of its own log.
    """

    def __init__(self, engine: Engine, way: Way, keep: Keep) -> None:
        self._engine, self._way, self._keep = engine, way, keep
        self._keeping: asyncio.Task[None] | None = None
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)
        self._complaints = Complaints()

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
            if self._keeping is not None:
                self._keeping.cancel()

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
            self._report(heard)
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
        what = f"the event log of {self._engine.name}"
        try:
            if heard.events:
                await self._keep(heard.events, [True] * len(heard.events))
        except StoreFailed as error:
            self._complaints.about(what, str(error))
            return
        self._complaints.over(what)
        self._engine.mended += heard.mended  # only now, for what is not kept is found again
        await asyncio.to_thread(heard.handed_on)
