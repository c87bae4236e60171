"""Who asked for which source a moment ago: a player that connects again has not begun another play."""

import time
from collections import OrderedDict
from collections.abc import Callable

SAME_PLAY = 60.0
"""Seconds within which the same listener's next request for a source belongs to the play before."""

MOST = 20_000


class Recent:
    """The latest plays, by keyed hash and source; what is older than a minute is forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._plays: OrderedDict[tuple[bytes, str], float] = OrderedDict()

    def __len__(self) -> int:
        """Plays that are remembered."""
        return len(self._plays)

    def again(self, identity: bytes, source: str) -> bool:
        """Whether this belongs to a play that is known; it is from now on."""
        now, play = self._clock(), (identity, source)
        self._forget(now)
        known = play in self._plays
        self._plays[play] = now
        self._plays.move_to_end(play)
        return known

    def _forget(self, now: float) -> None:
        while self._plays:
            play, at = next(iter(self._plays.items()))
            if now - at < SAME_PLAY and len(self._plays) < MOST:
                return
            del self._plays[play]
