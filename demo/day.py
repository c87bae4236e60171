"""The station's day: a clock that may be hurried, how many people listen at which hour, and how long they stay."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

# The share of the largest audience at each full hour of a working day: breakfast and the way home are the peaks.
WORKING_DAY = (
    0.22, 0.16, 0.12, 0.10, 0.10, 0.16, 0.38, 0.74, 0.98, 0.92, 0.84, 0.80,
    0.82, 0.78, 0.76, 0.82, 0.94, 1.00, 0.90, 0.74, 0.62, 0.54, 0.44, 0.32,
)  # fmt: skip
LIE_IN = 2.0  # at weekends everything comes so many hours later,
WEEKEND_SHARE = 0.8  # and to fewer people

ZAPPERS = 0.25  # share of sessions that end within seconds
MEDIAN_SESSION = 15 * 60.0  # seconds, of those who stay
SHORTEST_SESSION = 4.0


class Clock:
    """Local time that begins now and runs `speed` times as fast."""

    def __init__(self, speed: float = 1.0, elapsed: Callable[[], float] = time.monotonic) -> None:
        self.speed = speed
        self._elapsed = elapsed
        self._start = datetime.now().astimezone()
        self._started = elapsed()

    def now(self) -> datetime:
        """Return the station's time."""
        return self._start + timedelta(seconds=(self._elapsed() - self._started) * self.speed)


def audience_share(moment: datetime) -> float:
    """Return the share (0 to 1) of the largest audience that listens at `moment`."""
    hour = moment.hour + moment.minute / 60 + moment.second / 3600
    if moment.weekday() < 5:
        return _between(hour)
    return _between(hour - LIE_IN) * WEEKEND_SHARE


def stay(dice: random.Random, speed: float = 1.0) -> float:
    """Return for how many seconds somebody stays who has just come; a hurried day shortens it."""
    if dice.random() < ZAPPERS:
        return dice.uniform(SHORTEST_SESSION, 30)
    return max(SHORTEST_SESSION, MEDIAN_SESSION * dice.lognormvariate(0, 0.9) / speed)


def _between(hour: float) -> float:
    before = int(hour // 1) % 24
    part = hour % 1
    return WORKING_DAY[before] * (1 - part) + WORKING_DAY[(before + 1) % 24] * part
