"""Follows the measures of one stream: for how long it has been silent, and whether a channel is dead. No I/O."""

from collections import deque

from exporter.probe.reading import PERIOD, Measure, Sound

PEAK_PERIODS = 20
"""Measures over which the peak is held: 10 s, so that a scrape every 10 s sees every peak."""

SHORT_TERM_PERIODS = 6
"""Measures after which short-term loudness has its three seconds."""

DEAD_AFTER = 5.0
"""Seconds of sound in which one channel was silent: quiet moments on one side are music."""


class Ear:
    """What was heard since the latest connection, counted by the time in the sound itself.

    A server sends the last few seconds at once when a listener comes: silence in them has lasted already.
    """

    def __init__(self, silence_below: float) -> None:
        self._silence_below = silence_below
        self._last: Measure | None = None
        self._heard = 0
        self._silence = 0.0
        self._peaks: deque[float] = deque(maxlen=PEAK_PERIODS)
        self._quiet = [0.0, 0.0]

    def hear(self, measure: Measure) -> None:
        """Take the next half second."""
        self._last = measure
        self._heard += 1
        self._peaks.append(max(level.peak for level in measure.levels))
        silent = measure.momentary < self._silence_below
        self._silence = self._silence + PERIOD if silent else 0.0
        if not silent:  # in a pause of both nobody can tell: what was known before stays
            self._compare(measure)

    def sound(self) -> Sound | None:
        """What is heard by now; None before the first measure."""
        last = self._last
        if last is None:
            return None
        short_term = last.short_term if self._heard >= SHORT_TERM_PERIODS else None
        return Sound(last.momentary, short_term, max(self._peaks), self._silence, self._dead(last))

    def _compare(self, measure: Measure) -> None:
        sides = [level.rms < self._silence_below for level in measure.levels[:2]]
        alone = len(sides) == 2 and sides[0] != sides[1]
        for side, quiet in enumerate(sides):
            self._quiet[side] = self._quiet[side] + PERIOD if alone and quiet else 0.0

    def _dead(self, last: Measure) -> tuple[bool, bool] | None:
        if len(last.levels) < 2:
            return None
        left, right = self._quiet
        return left >= DEAD_AFTER, right >= DEAD_AFTER
