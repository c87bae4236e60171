"""Quarter-hours in UTC, gathered into the hours, days, weeks and months of the station's own clock.

Every zone's offset has been a multiple of fifteen minutes since 1972, so no quarter-hour is ever cut. A day is what
lies between two local midnights: 23 or 25 hours where the clock is changed. An hour is known by its offset too, so that
the hour that comes twice in autumn is two hours. A change at an odd minute (St. John's did so until 2011) takes the
quarter-hour by its beginning.

Times are whole milliseconds of Unix time.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby, pairwise
from typing import Literal

from msgspec import Struct

from exporter.audience.facts import QUARTER

DAY = 96 * QUARTER
"""Milliseconds of a day on which no clock is changed."""

By = Literal["hour", "day", "week", "month", "part"]

PARTS = {
    "night": range(6),
    "morning": range(6, 10),
    "midday": range(10, 15),
    "afternoon": range(15, 19),
    "evening": range(19, 24),
}
"""The parts of the day, as radio divides it: which hours of the station's clock are in each."""

_PART_OF_HOUR = tuple(next(part for part, hours in PARTS.items() if hour in hours) for hour in range(24))


class Period(Struct, frozen=True):
    """A stretch of the station's time: `start` is in it, `end` is not.

    `name` = `2026-03-29T02:00+01:00` (an hour), `2026-03-29`, `2026-W13` or `2026-03`; `part` = of the day, else ''.
    """

    name: str
    start: int
    end: int
    part: str = ""

    def quarters(self) -> range:
        """The quarter-hours in it, by their start."""
        return range(self.start, self.end, QUARTER)


def periods(by: By, zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    """Every whole period that has anything in common with the stretch from `since` to `until`, in order."""
    return (period for period in _MAKERS[by](zone, since, until) if period.end > since and period.start < until)


def day_start(day: date, zone: tzinfo) -> int:
    """The first quarter-hour of a day; of the day after, if the calendar leaves this one out (Apia, 2011-12-30)."""
    guess = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000
    start = -int(-guess // QUARTER) * QUARTER
    while local(start, zone).date() < day:  # a change of the clock lies about midnight
        start += QUARTER
    while local(start - QUARTER, zone).date() >= day:
        start -= QUARTER
    return start


def local(at: int, zone: tzinfo) -> datetime:
    """A moment by the station's clock."""
    return datetime.fromtimestamp(at / 1000, zone)


def written(at: int, zone: tzinfo) -> str:
    """A moment as ISO 8601 by the station's clock, to the second, with the offset."""
    return local(at - at % 1000, zone).isoformat()


def _dates(zone: tzinfo, since: int, until: int) -> Iterator[date]:
    day, last = local(since, zone).date(), local(until, zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _between(name: Callable[[date], str], starts: Iterable[date], zone: tzinfo) -> Iterator[Period]:
    for (day, start), (_, end) in pairwise((day, day_start(day, zone)) for day in starts):
        if start < end:
            yield Period(name(day), start, end)


def _days(zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    # One more at each end: a day ends where the next begins, and a clock may be put back over midnight.
    return _between(date.isoformat, _dates(zone, since - DAY, until + 2 * DAY), zone)


def _weeks(zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    """ISO weeks: from Monday, named by the year that holds their Thursday."""
    days = _dates(zone, since - 8 * DAY, until + 8 * DAY)
    return _between(_week_name, (day for day in days if day.weekday() == 0), zone)


def _week_name(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def _months(zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    days = _dates(zone, since - 32 * DAY, until + 32 * DAY)
    return _between(lambda day: day.isoformat()[:7], (day for day in days if day.day == 1), zone)


def _hours(zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    for day in _days(zone, since, until):
        for _, quarters in groupby(day.quarters(), lambda at: _hour(at, zone)):
            start, *rest = quarters
            name = local(start, zone).isoformat(timespec="minutes")
            yield Period(name, start, (rest[-1] if rest else start) + QUARTER)


def _hour(at: int, zone: tzinfo) -> tuple[int, timedelta | None]:
    moment = local(at, zone)
    return moment.hour, moment.utcoffset()


def _parts(zone: tzinfo, since: int, until: int) -> Iterator[Period]:
    for day in _days(zone, since, until):
        for part, quarters in groupby(day.quarters(), lambda at: _PART_OF_HOUR[local(at, zone).hour]):
            start, *rest = quarters
            yield Period(day.name, start, (rest[-1] if rest else start) + QUARTER, part)


_MAKERS: dict[By, Callable[[tzinfo, int, int], Iterator[Period]]] = {
    "hour": _hours,
    "day": _days,
    "week": _weeks,
    "month": _months,
    "part": _parts,
}
