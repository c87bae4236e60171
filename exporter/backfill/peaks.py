"""The most sessions at one time in every quarter-hour, out of sessions in the order of their ends.

A session is there from its start until just before its end. What is known of a quarter-hour is kept as the moments at
which somebody came or went, until nobody can end any more who was there.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from exporter.audience.facts import QUARTER
from exporter.audience.people import STATION
from exporter.store.checkpoint import PeopleKey

WINDOW = 31 * 96
"""Quarter-hours that are kept: whoever listens for more than these 31 days at a stretch is missing from the peaks of
the time before, and so is a session that comes this much out of order."""


class Peaks:
    """Sweeps over starts and ends. `late` = sessions that came too late for any peak."""

    def __init__(self) -> None:
        # By quarter-hour and channel: the moments in it, and how many more stay on from before.
        self._moments: defaultdict[int, defaultdict[str, array[int]]] = defaultdict(lambda: defaultdict(_no_moments))
        self._steps: defaultdict[int, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._staying: dict[str, int] = {}
        self._oldest, self._newest = 0, -1
        self.late = 0

    def take(self, channel: str, started: int, ended: int) -> None:
        """One session, in milliseconds."""
        first, last = started // QUARTER, (ended - 1) // QUARTER
        if last > self._newest:
            if self._newest < 0:
                self._oldest = max(last - WINDOW, 0)
            self._newest = last
        elif last < self._oldest:
            self.late += 1
            return
        # An odd number comes, an even one goes: of one moment those who go are first.
        if first >= self._oldest:
            self._moments[first][channel].append(started % QUARTER * 2 + 1)
        self._moments[last][channel].append((ended - 1) % QUARTER * 2 + 2)
        if last > first:
            self._steps[max(first + 1, self._oldest)][channel] += 1
            self._steps[last + 1][channel] -= 1

    def done(self, *, whole: bool = False) -> Iterator[tuple[PeopleKey, int]]:
        """The peaks that cannot grow any more, or all of them. They are forgotten here."""
        until = self._newest + 1 if whole else self._newest - WINDOW
        for quarter in range(self._oldest, until):
            yield from self._quarter(quarter)
        self._oldest = max(self._oldest, until)

    def _quarter(self, quarter: int) -> Iterator[tuple[PeopleKey, int]]:
        for channel, step in self._steps.pop(quarter, {}).items():
            self._staying[channel] = self._staying.get(channel, 0) + step
        self._staying = {channel: number for channel, number in self._staying.items() if number}
        moments: Mapping[str, Sequence[int]] = self._moments.pop(quarter, {})
        for channel in self._staying.keys() | moments.keys():
            yield (quarter * QUARTER, channel), _highest(self._staying.get(channel, 0), moments.get(channel, ()))
        if everyone := _highest(sum(self._staying.values()), [one for here in moments.values() for one in here]):
            yield (quarter * QUARTER, STATION), everyone


def _no_moments() -> "array[int]":
    return array("I")


def _highest(number: int, moments: Iterable[int]) -> int:
    """The most there were, with so many at the beginning."""
    highest = number
    for moment in sorted(moments):
        number += 1 if moment % 2 else -1
        highest = max(highest, number)
    return highest
