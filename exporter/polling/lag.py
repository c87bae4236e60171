"""Measures how late the event loop wakes a sleeper: proof that nothing blocks it."""

import asyncio

from prometheus_client import CollectorRegistry, Histogram

PERIOD = 0.02
"""Seconds between two looks. A block of d seconds is seen as at least d - PERIOD."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class LoopLag:
    """The histogram `radio_exporter_event_loop_lag_seconds`, fed by `run`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._histogram = Histogram(
            "radio_exporter_event_loop_lag_seconds",
            "How much later than asked the event loop woke a sleeping task, looked at 50 times a second.",
            buckets=BUCKETS,
            registry=registry,
        )

    async def run(self) -> None:
        """Sleep and look at the clock, for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + PERIOD
            await asyncio.sleep(PERIOD)
            self._histogram.observe(max(0.0, clock() - due))
