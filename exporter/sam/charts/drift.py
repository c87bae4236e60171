"""How many listen at which minute of the day, as a rule: what a song's own effect is held against.

Times are milliseconds of Unix time.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from operator import itemgetter
from zoneinfo import ZoneInfo

from exporter.sam.charts.windows import DAY

PAST = 28 * DAY
"""How far back the rule looks."""

NEAR = 15
"""Minutes before and after, whose plays say how many listen at a minute."""

MINUTES = 1440
"""Of a day."""

MINUTE = 60_000
"""Milliseconds."""


class Drift:
    """The rule, and the clock by which it is.

    Args:
        sums: a minute, by its first millisecond, the plays that began in it, and who listened then, together.
        clock: of the station, as `offsets` gives it.
    """

    def __init__(self, sums: Iterable[tuple[int, int, int]], clock: Sequence[tuple[int, int]]) -> None:
        self._clock = clock
        self.levels = levels(sums, clock)
        """How many listen, by minute of the day."""

    def level(self, moment: int) -> float | None:
        """How many listen at such a time of the day."""
        return self.levels[minute_of_day(moment, self._clock)]

    def stretch(self, moment: int) -> tuple[int, int, int]:
        """From when to when (not in it) the clock is as at a moment, and by how many milliseconds it is ahead of UTC.

        What lies outside of all that the clock is known for is as its nearest end.
        """
        return _stretch(moment, self._clock)


def levels(sums: Iterable[tuple[int, int, int]], clock: Sequence[tuple[int, int]]) -> list[float | None]:
    """How many listen at each minute of the day: the mean over the plays that began near it; None = there were none.

    Args:
        sums: a minute, by its first millisecond, the plays that began in it, and who listened then, together.
        clock: of the station, as `offsets` gives it.
    """
    plays, listeners = [0] * MINUTES, [0] * MINUTES
    for start, number, total in sums:
        minute = minute_of_day(start, clock)
        plays[minute] += number
        listeners[minute] += total
    return [total / number if number else None for number, total in zip(_near(plays), _near(listeners), strict=True)]


def offsets(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int]]:
    """From which moment on the zone's clock is ahead of UTC by how many milliseconds, in order of time.

    The first is `first` itself. Two changes within a day are not told apart.
    """
    found = [(first, _offset(zone, first))]
    for day in range(first, last + DAY, DAY):
        before, after = found[-1][1], _offset(zone, day + DAY)
        if before != after:
            found.append((_change(zone, day, day + DAY), after))
    return found


def minute_of_day(moment: int, clock: Sequence[tuple[int, int]]) -> int:
    """By the station's clock."""
    return (moment + _stretch(moment, clock)[2]) % DAY // MINUTE


def _stretch(moment: int, clock: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    place = max(bisect_right(clock, moment, key=itemgetter(0)) - 1, 0)
    since, offset = clock[place]
    until = clock[place + 1][0] if place + 1 < len(clock) else max(moment, since) + 1
    return min(since, moment), until, offset


def _near(numbers: list[int]) -> list[int]:
    """For each minute the sum over those near it; midnight is near to both of its sides."""
    sums = list(accumulate(numbers[-NEAR:] + numbers + numbers[:NEAR], initial=0))
    return [sums[minute + 2 * NEAR + 1] - sums[minute] for minute in range(MINUTES)]


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first millisecond of another offset than at `before`, which is another at `after`."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: int) -> int:
    ahead = datetime.fromtimestamp(moment / 1000, zone).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds() * 1000)
