"""How late a sleeper is woken: in the exporter's event loop, as its own histogram says, and in an idle process."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporter.polling.lag import PERIOD

Buckets = Mapping[float, float]
"""Looks at the clock by how late they were, up to each bound in seconds; cumulative as in the exposition."""

TOLERATED = 0.025
"""Seconds. A sleeper may have been asleep for a whole period when a block began, so a lag of up to this, 25 ms, stands
for a block of up to 45 ms; the next larger bucket could hide one of more than 50 ms."""

_BUCKET = re.compile(r'^radio_exporter_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lag:
    """What many looks came to: the longest lag in seconds (at most), and how many were beyond TOLERATED."""

    longest: float
    late: int
    looks: int

    @property
    def longest_block(self) -> float:
        """The longest block in seconds that such a lag allows."""
        return self.longest + PERIOD


def buckets(page: str) -> Buckets:
    """The histogram of a page in text format."""
    return {float(bound): float(count) for bound, count in _BUCKET.findall(page)}


def between(before: Buckets, after: Buckets) -> Lag:
    """What was observed between two pages."""
    longest = smaller = 0.0
    for bound in sorted(after):
        until_here = after[bound] - before.get(bound, 0.0)
        if until_here > smaller:
            longest = bound
        smaller = until_here
    tolerated = after.get(TOLERATED, 0.0) - before.get(TOLERATED, 0.0)
    return Lag(longest, int(smaller - tolerated), int(smaller))


def idle(seconds: float) -> list[float]:
    """Sleep as the exporter's look-out does: how late this machine wakes a process that does nothing else."""
    lags, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        time.sleep(PERIOD)
        lags.append(time.monotonic() - began - PERIOD)
    return lags


def of(lags: Sequence[float]) -> Lag:
    """What these lags come to, at least one."""
    return Lag(max(lags), sum(lag > TOLERATED for lag in lags), len(lags))


def steps(before: Buckets, after: Buckets) -> dict[float, int]:
    """Looks between two pages by how late they were: more than the bound before, at most this one. None of 0."""
    found, smaller = {}, 0.0
    for bound in sorted(after):
        until_here = after[bound] - before.get(bound, 0.0)
        if until_here > smaller:
            found[bound] = int(until_here - smaller)
        smaller = until_here
    return found
