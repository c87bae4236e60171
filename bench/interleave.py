"""Asks several servers in turn, so that whatever else the machine does falls on all of them alike."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Case:
    """Something to be timed. `slow` = it may sit out rounds, so that it does not take the time of all others."""

    who: str
    coding: str
    ask: Callable[[], None]
    slow: bool = False
    seconds: list[float] = field(default_factory=list)

    def time(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Ask once and note how long it took."""
        began = clock()
        self.ask()
        self.seconds.append(clock() - began)


@dataclass(frozen=True, slots=True)
class Extent:
    """How long to go on: so many seconds and so many requests a case, yet never beyond `limit` seconds."""

    seconds: float
    requests: int
    slow_requests: int
    limit: float
    slow_share: float = 0.6
    """The part of the time that slow cases may take."""

    def reached(self, elapsed: float, cases: Iterable[Case]) -> bool:
        """Whether that is enough."""
        if elapsed >= self.limit:
            return True
        return elapsed >= self.seconds and all(
            len(case.seconds) >= (self.slow_requests if case.slow else self.requests) for case in cases
        )


def interleave(cases: Sequence[Case], extent: Extent, clock: Callable[[], float] = time.perf_counter) -> None:
    """Time every case, one request of each in a round, to and fro: A B C, C B A, and so on.

    The change of direction gives each case the same neighbours as often, for a case finds the processor's caches as
    the one before it has left them.
    """
    began, spent_on_slow, forward = clock(), 0.0, True
    while not extent.reached(clock() - began, cases):
        admit_slow = spent_on_slow <= extent.slow_share * (clock() - began)
        for case in cases if forward else reversed(cases):
            if case.slow and not admit_slow:
                continue
            case.time(clock)
            spent_on_slow += case.seconds[-1] if case.slow else 0.0
        forward = not forward
