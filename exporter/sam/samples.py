"""How many listened lately: what the live mounts said, for the songs that were on meanwhile."""

from bisect import bisect_left
from collections import deque

KEPT = 3 * 3600 * 1000
"""Milliseconds for which samples are kept: longer than any item, so that its start is there when its end is read."""

NEAR = 20_000
"""Milliseconds that a sample may be away from the moment that is asked for."""


class ListenerSamples:
    """Numbers of listeners by time, in milliseconds of Unix time."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque()

    def note(self, at: int, listeners: int) -> None:
        """So many listen now. A clock that was set back begins anew."""
        if self._samples and at < self._samples[-1][0]:
            self._samples.clear()
        self._samples.append((at, listeners))
        while self._samples[0][0] < at - KEPT:
            self._samples.popleft()

    def at(self, moment: int) -> int | None:
        """How many listened then, by the nearest sample; None if none is near."""
        place = bisect_left(self._samples, (moment, 0))
        near = [self._samples[index] for index in (place - 1, place) if 0 <= index < len(self._samples)]
        if not near:
            return None
        at, listeners = min(near, key=lambda found: abs(found[0] - moment))
        return listeners if abs(at - moment) <= NEAR else None
