"""Remembers which streams were there, so that one that left can still be reported as down."""

from collections.abc import Collection, Iterable


def longest_step(interval: float) -> float:
    """Seconds that may lie between two readings of a server that is well; interval 0 = asked on the scrape."""
    return max(3 * interval, 60.0)


class Presence:
    """The streams of one server that are expected or were live not long ago.

    Only the time in which the server can be read counts: an unreachable server says nothing about its streams.

    Args:
        expected: streams that are reported for ever.
        remember: seconds for which one that is not live any more is still reported.
        longest_step: seconds between two readings at most; what is beyond that was an outage.
    """

    def __init__(self, expected: Iterable[str], remember: float, longest_step: float) -> None:
        self._expected = tuple(expected)
        self._remember = remember
        self._longest_step = longest_step
        self._updated: float | None = None
        self._listed: frozenset[str] = frozenset()
        self._absent_for: dict[str, float] = {}

    def update(self, listed: Collection[str], live: Collection[str], now: float) -> None:
        """Take a reading: every stream that the server lists, those of them that are live, and a clock in seconds."""
        passed = 0.0 if self._updated is None else min(now - self._updated, self._longest_step)
        absent = {name: gone + passed for name, gone in self._absent_for.items() if gone + passed < self._remember}
        self._absent_for = {**absent, **dict.fromkeys(live, 0.0)}
        self._listed, self._updated = frozenset(listed), now

    def missing(self) -> list[str]:
        """Streams that the latest reading did not list but that are expected or remembered, sorted."""
        return sorted({*self._expected, *self._absent_for} - self._listed)

    def known(self) -> list[str]:
        """Every stream that is listed, expected or remembered, sorted."""
        return sorted({*self._expected, *self._absent_for, *self._listed})
