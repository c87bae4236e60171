"""What many durations come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in seconds; `size` = bytes of the answer's body."""

    count: int
    median: float
    p99: float
    size: int


def timing(seconds: Sequence[float], size: int) -> Timing:
    """Sum up at least one duration."""
    return Timing(len(seconds), median(seconds), percentile(seconds, 99), size)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
