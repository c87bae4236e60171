"""From when to when a history is told, and the quarter-hour in which each of its events is first seen."""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from exporter.audience.facts import QUARTER
from exporter.sam.charts.windows import AHEAD

EARLIEST = 946_684_800_000
"""2000-01-01, in milliseconds: SAM Broadcaster is not older. A row from before was written by a clock gone wrong."""


class Span(Struct, frozen=True):
    """Samples stand at every quarter-hour in it, and at its end. All in milliseconds of Unix time, whole seconds.

    Attributes:
        since: the first sample; None = just before the first event.
        until: the last sample.
        now: what is later was written by a clock gone wrong.
    """

    since: int | None
    until: int
    now: int

    def tick(self, moment: int) -> int:
        """When an event of this moment is first seen."""
        return min(_next_quarter(max(moment, self.since or moment)), self.until)

    def first(self, tick: int) -> int:
        """When a series has its first sample, whose first event is seen at `tick`: from a 0 on, if there is room."""
        before = _next_quarter(tick) - QUARTER if tick % QUARTER else tick - QUARTER
        return before if self.since is None or before >= self.since else tick


class Order:
    """Gives each event a moment that is not before that of the event before it.

    Clocks go wrong, and are put right. Of the times of a batch those are believed that go forward, as many as can be;
    of an event with another time, or none, nobody knows more than that it came next. So the first batch must hold a
    good time, if any does.
    """

    def __init__(self, span: Span) -> None:
        self.over = False
        """An event was behind the end: so is what follows."""
        self._span = span
        self._last: int | None = None

    def place(self, moments: Sequence[int | None]) -> list[int | None]:
        """When these events happened, which come next; None = behind the end."""
        believed = self._believed(moments)
        if self._last is None and believed:
            self._last = min(*believed.values(), self._span.until)
        return [self._at(believed.get(place)) for place in range(len(moments))]

    def _at(self, moment: int | None) -> int | None:
        if moment is not None:
            self.over = self.over or moment > self._span.until
            self._last = moment
        if self.over:
            return None
        return self._span.until if self._last is None else self._last

    def _believed(self, moments: Sequence[int | None]) -> dict[int, int]:
        earliest, latest = self._last or EARLIEST, self._span.now + AHEAD
        can_be = [
            (place, moment)
            for place, moment in enumerate(moments)
            if moment is not None and earliest <= moment <= latest
        ]
        return dict(can_be[place] for place in forward([moment for _, moment in can_be]))


def forward(times: Sequence[int]) -> list[int]:
    """The places of the most times of which none is before the one before it (the longest such subsequence)."""
    ends: list[int] = []  # the smallest time with which so many go forward,
    places: list[int] = []  # where it stands,
    before: list[int] = []  # and of each time, which one comes before it
    for place, time in enumerate(times):
        length = bisect_right(ends, time)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1], places[length : length + 1] = [time], [place]
    found, place = [], places[-1] if places else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]


def _next_quarter(moment: int) -> int:
    return -(-moment // QUARTER) * QUARTER
