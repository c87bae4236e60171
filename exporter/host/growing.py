"""A sum over counters of things that come and go, which itself never goes back."""

from collections.abc import Container, Mapping
from typing import Any


class Growing:
    """What one of them has added stays when it is gone."""

    def __init__(self) -> None:
        self.total = 0.0
        self._last: Mapping[Any, float] = {}

    def add(self, now: Mapping[Any, float], new: Container[Any] = ()) -> float:
        """Take up what each of them says now; the sum.

        Args:
            now: their values; whoever is missing is gone.
            new: those that began at 0 since the call before. Any other that was not there before adds nothing yet.
        """
        for key, value in now.items():
            before = self._last.get(key, 0.0 if key in new else value)
            self.total += max(0.0, value - before)
        self._last = now
        return self.total
