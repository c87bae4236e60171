"""Tasks that may not die quietly: a crash is logged, counted, and the task started again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a crashed task starts again: doubled with every crash in a row."""


class Supervisor:
    """Starts tasks, restarts those that crash, and ends them all."""

    def __init__(self, registry: CollectorRegistry, first_pause: float = FIRST_PAUSE) -> None:
        self._restarts = Counter(
            "radio_exporter_task_restarts_total",
            "Background tasks that crashed and were started again. Every one of them is a bug: see the log.",
            ["task"],
            registry=registry,
        )
        self._first_pause = first_pause
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` as the task `name` until it returns or is stopped."""
        self._restarts.labels(name)
        self._tasks[name] = asyncio.create_task(self._run(name, work), name=name)

    async def stop(self, names: list[str] | None = None) -> None:
        """End these tasks, or all of them, and wait until they have ended."""
        ending = list(self._tasks) if names is None else names
        tasks = [self._tasks.pop(name) for name in ending if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for name in ending:
            self._restarts.remove(name)

    def crashed(self, name: str) -> None:
        """Count and log the exception being handled."""
        self._restarts.labels(name).inc()
        log.exception(  # noqa: LOG004  called while an exception is handled
            "%s crashed, which is a bug of the exporter; it goes on", name
        )

    async def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause = self._first_pause
        while True:
            began = asyncio.get_running_loop().time()
            try:
                return await work()
            except asyncio.CancelledError:
                if _was_ended():
                    raise
                self.crashed(name)
            except Exception:  # noqa: BLE001  whatever it was: nothing dies quietly
                self.crashed(name)
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                pause = self._first_pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _was_ended() -> bool:
    """Whether somebody has ended this task; else it stumbled over the end of another."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
