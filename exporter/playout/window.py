"""The latest minutes of a figure, one value a second: bounded, however often it is told."""

from collections.abc import Callable
from statistics import fmean, pstdev


class Window:
    """Values of the last so many seconds.

    Args:
        seconds: how far back.
        keep: which of two values of one second is kept.
    """

    def __init__(self, seconds: float, keep: Callable[[float, float], float]) -> None:
        self._seconds, self._keep = seconds, keep
        self._values: dict[int, float] = {}

    def add(self, at: float, value: float) -> None:
        """A value, at a moment in seconds of any steady clock."""
        second = int(at)
        self._values[second] = self._keep(self._values[second], value) if second in self._values else value
        if len(self._values) > self._seconds + 1:  # nobody asks for what comes too late, again and again
            self._drop(max(self._values) - self._seconds)

    def clear(self) -> None:
        """Forget all of them."""
        self._values.clear()

    def values(self, now: float) -> list[float]:
        """Those that are not too old."""
        self._drop(now - self._seconds)
        return list(self._values.values())

    def _drop(self, oldest: float) -> None:
        for second in [second for second in self._values if second < oldest]:
            del self._values[second]


def lowest() -> Window:
    """For the lowest value of the last minute."""
    return Window(60.0, min)


def steady() -> Window:
    """For how steady a value was in the last five minutes."""
    return Window(300.0, lambda _, latest: latest)


def spread(values: list[float]) -> float | None:
    """The standard deviation by the mean; None for fewer than two values, or a mean of 0."""
    if len(values) < 2 or not (mean := fmean(values)):
        return None
    return pstdev(values, mean) / mean
