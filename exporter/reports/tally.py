"""The sums and the people of one period and channel, quarter-hour by quarter-hour; and the figures made of them."""

from datetime import tzinfo

from exporter.audience.facts import QUARTER
from exporter.reports.calendar import Period, written
from exporter.reports.rows import Figures
from exporter.store import sketches

HOUR = 3_600_000

SUMS = (
    "started",
    "ended",
    "listened",
    "sent",
    "new_listeners",
    "returning_listeners",
    "qualified_sessions",
    "qualified_listened",
)
"""Columns of the table `quarter` that are added up."""


UNITED_AT_ONCE = 32


class Crowd:
    """Distinct listeners of many sketches."""

    def __init__(self) -> None:
        self._sketches: list[sketches.Sketch] = []

    def join(self, sketch: sketches.Sketch) -> None:
        """These too. Some wait until they are united together, which is cheaper than one by one."""
        self._sketches.append(sketch)
        if len(self._sketches) > UNITED_AT_ONCE:
            self._sketches = [sketches.union(self._sketches)]

    def count(self) -> int:
        """How many they are, about."""
        return sketches.count(sketches.union(self._sketches)) if self._sketches else 0


class Tally:
    """One period and channel."""

    def __init__(self) -> None:
        self._sums = dict.fromkeys(SUMS, 0)
        self._first_starts = self._first_people = 0
        self._everyone, self._qualified = Crowd(), Crowd()
        self._quarter_people = 0
        self._peak = 0

    def add(self, sums: dict[str, int], first_starts: int = 0) -> None:
        """Sums of some quarter-hours; `first_starts` = sessions of a minute that began in the period's first one."""
        for name in SUMS:
            self._sums[name] += int(sums[name] or 0)  # SUM is a Decimal on some databases
        self._first_starts += first_starts

    def meet(self, peak: int, listeners: bytes | None, qualified: bytes | None, *, first: bool) -> None:
        """The people of one quarter-hour, `first` of the period or not."""
        self._peak = max(self._peak, peak)
        if listeners:
            self._everyone.join(sketches.unpack(listeners))
        if qualified:
            sketch = sketches.unpack(qualified)
            self._qualified.join(sketch)
            self._quarter_people += sketches.count(sketch)
            self._first_people += sketches.count(sketch) if first else 0

    def figures(self, period: Period, channel: str | None, zone: tzinfo, now: int, *, returning: bool) -> Figures:
        """What they come to. Of a period that is not over, averages are over what has passed of it."""
        sums, passed = self._sums, max(1, min(now, period.end) - period.start)
        active = self._active()
        return Figures(
            period=period.name,
            part=period.part,
            since=written(period.start, zone),
            until=written(period.end, zone),
            complete=period.end <= now,
            channel=channel,
            sessions=sums["started"],
            ended=sums["ended"],
            ss=sums["qualified_sessions"],
            listening_hours=round(sums["listened"] / HOUR, 4),
            tlh=round(sums["qualified_listened"] / HOUR, 4),
            aas=round(sums["qualified_listened"] / passed, 3),
            atsl=round(sums["qualified_listened"] / 1000 / active, 1) if active else 0.0,
            listeners=self._everyone.count(),
            cume=self._qualified.count(),
            aqh=round(self._quarter_people / -(-passed // QUARTER), 2),
            peak=self._peak,
            average=round(sums["listened"] / passed, 3),
            bytes=sums["sent"],
            new=sums["new_listeners"] if returning else None,
            returning=sums["returning_listeners"] if returning else None,
        )

    def _active(self) -> int:
        """Sessions of a minute and more that were under way at some time of the period.

        Those that began in it, and those that were carried into it: its first quarter-hour had them. How many they were
        is known by its listeners; one who held two sessions over the boundary counts there as one.
        """
        return self._sums["qualified_sessions"] + max(0, self._first_people - self._first_starts)
