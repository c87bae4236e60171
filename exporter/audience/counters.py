"""Counters that go on after a restart: what is stored, what is being stored, and what came since."""

from collections import defaultdict

SEPARATOR = "\x1f"
"""Between the label values of a counter in the store. No label value holds one: control characters are spaces."""

Key = tuple[str, ...]
"""The counter's name and the values of its labels."""


class Counters:
    """Whole numbers that only grow."""

    def __init__(self) -> None:
        self._stored: dict[Key, int] = {}
        self._leaving: dict[Key, int] = {}
        self.fresh: defaultdict[Key, int] = defaultdict(int)

    def load(self, name: str, labels: str, value: int) -> Key:
        """Take one from the store."""
        key = (name, *labels.split(SEPARATOR))
        self._stored[key] = value
        return key

    def stored(self, *key: str) -> None:
        """One more, which is in the store already."""
        self._stored[key] = self._stored.get(key, 0) + 1

    def leave(self) -> dict[tuple[str, str], int]:
        """What came since the last time, as the store wants it. Until `arrived` it counts as on its way."""
        self._leaving, self.fresh = dict(self.fresh), defaultdict(int)
        return {(key[0], SEPARATOR.join(key[1:])): value for key, value in self._leaving.items()}

    def arrived(self) -> None:
        """What left is in the store."""
        for key, value in self._leaving.items():
            self._stored[key] = self._stored.get(key, 0) + value
        self._leaving = {}

    def value(self, *key: str) -> int:
        """How far it has counted."""
        return self._stored.get(key, 0) + self._leaving.get(key, 0) + self.fresh.get(key, 0)

    def all(self) -> dict[Key, int]:
        """Every counter, in no order."""
        found = dict(self._stored)
        for part in (self._leaving, self.fresh):
            for key, value in part.items():
                found[key] = found.get(key, 0) + value
        return found
