"""Sums by quarter-hour, channel and country: what is added to the table `quarter`, whoever adds it."""

from collections import defaultdict
from collections.abc import Iterator

from exporter.audience.facts import QUALIFIED, QUARTER

STARTED, ENDED, LISTENED, SENT, NEW, RETURNING, QUALIFIED_SESSIONS, QUALIFIED_LISTENED = range(8)
"""Places in a row's sums: the columns behind the key, in their order."""

Sums = dict[tuple[int, str, str], list[int]]


def of(at: int) -> int:
    """The quarter-hour that holds a moment: its start."""
    return at - at % QUARTER


def spread(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch of time as quarter-hours and the milliseconds in each."""
    quarter = begin - begin % QUARTER
    while begin < end:
        quarter += QUARTER
        part = min(end, quarter)
        yield quarter - QUARTER, part - begin
        begin = part


class QuarterSums:
    """Sums that are to be added."""

    def __init__(self) -> None:
        self.sums: Sums = defaultdict(lambda: [0] * 8)

    def leave(self) -> Sums:
        """All of them, for the store; it begins anew."""
        leaving, self.sums = self.sums, defaultdict(lambda: [0] * 8)
        return leaving

    def count(self, at: int, channel: str, country: str, what: int, by: int = 1) -> None:
        """Add `by` in the quarter-hour of a moment."""
        self.sums[at - at % QUARTER, channel, country][what] += by

    def listened(self, begin: int, end: int, channel: str, country: str, what: int) -> None:
        """Add a stretch of listening."""
        if begin // QUARTER == (end - 1) // QUARTER:  # nearly always
            self.sums[begin - begin % QUARTER, channel, country][what] += end - begin
            return
        for quarter, milliseconds in spread(begin, end):
            self.sums[quarter, channel, country][what] += milliseconds


def newly_qualified(was: tuple[int, int], now: tuple[int, int]) -> list[tuple[int, int]]:
    """The stretches that count for sessions of a minute and more, now that a session grew from `was` to `now`.

    A session counts from its first second, but only once it has lasted a minute.
    """
    if now[1] - now[0] < QUALIFIED:
        return []
    if was[1] - was[0] < QUALIFIED:
        return [now]
    return grown(was, now)


def grown(was: tuple[int, int], now: tuple[int, int]) -> list[tuple[int, int]]:
    """What `now` has before and behind `was`, which it holds."""
    return [stretch for stretch in ((now[0], was[0]), (was[1], now[1])) if stretch[0] < stretch[1]]
