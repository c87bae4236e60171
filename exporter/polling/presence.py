"""Remembers which streams were there, so that one that left can still be reported as down."""

from collections.abc import Collection, Iterable


class Presence:
    """The streams of one server that are expected or were live not long ago.

    Time counts only while the server can be read: an unreachable server says nothing about its streams.

    Args:
        expected: streams that are reported for ever.
        remember: seconds for which one that left is still reported.
    """

    def __init__(self, expected: Iterable[str], remember: float) -> None:
        self._expected = tuple(expected)
        self._remember = remember
        self._listed: frozenset[str] = frozenset()
        self._live: frozenset[str] = frozenset()
        self._left: dict[str, float] = {}

    def update(self, listed: Collection[str], live: Collection[str], now: float) -> None:
        """Take a reading: every stream that the server lists, those of them that are live, and a clock in seconds."""
        for name in self._live.difference(listed):
            self._left.setdefault(name, now)
        self._listed, self._live = frozenset(listed), frozenset(live)
        self._left = {
            name: since
            for name, since in self._left.items()
            if name not in self._listed and now - since < self._remember
        }

    def missing(self) -> list[str]:
        """Streams that the latest reading did not list but that are expected or remembered, sorted."""
        return sorted({*self._expected, *self._left} - self._listed)

    def known(self) -> list[str]:
        """Every stream that is listed, expected or remembered, sorted."""
        return sorted({*self._expected, *self._left, *self._listed})
