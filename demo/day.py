"""The station's day: a clock that may be hurried, and how many people listen at which hour."""

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


def _between(hour: float) -> float:
    before = int(hour // 1) % 24
    part = hour % 1
    return WORKING_DAY[before] * (1 - part) + WORKING_DAY[(before + 1) % 24] * part
