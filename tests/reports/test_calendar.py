"""Hours, days, weeks, months and parts of the day by the station's clock."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.reports.calendar import By, Period, day_start, periods, written

QUARTER = 900_000
BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def shown(period: Period) -> tuple[str, str, str]:
    return (
        period.name,
        *(datetime.fromtimestamp(at / 1000, UTC).strftime("%m-%d %H:%M") for at in (period.start, period.end)),
    )


def on(by: By, zone: ZoneInfo, since: str, until: str) -> list[tuple[str, str, str]]:
    return [shown(period) for period in periods(by, zone, utc(since), utc(until))]


# By hand. Berlin's clocks go from 02:00 CET (UTC+1) to 03:00 CEST (UTC+2) on 29 March 2026 at 01:00 UTC, and from 03:00
# CEST back to 02:00 CET on 25 October 2026 at 01:00 UTC.
#
# 29 March begins at 00:00 CET, which is 23:00 UTC of the 28th, and ends at 24:00 CEST, which is 22:00 UTC: 23 hours.
# Its hours: 00 CET = 23:00 UTC, 01 CET = 00:00 UTC, then 03 CEST = 01:00 UTC; there is no hour 02. So 22 more hours
# follow upon the first, the last of them 23 CEST = 21:00 UTC.
#
# 25 October begins at 00:00 CEST, 22:00 UTC of the 24th, and ends at 24:00 CET, 23:00 UTC: 25 hours. 02 CEST = 00:00
# UTC, and 02 CET = 01:00 UTC: two hours of one name, an offset apart.
SPRING = [
    ("2026-03-29T00:00+01:00", "03-28 23:00", "03-29 00:00"),
    ("2026-03-29T01:00+01:00", "03-29 00:00", "03-29 01:00"),
    ("2026-03-29T03:00+02:00", "03-29 01:00", "03-29 02:00"),
    ("2026-03-29T04:00+02:00", "03-29 02:00", "03-29 03:00"),
]
AUTUMN = [
    ("2026-10-25T01:00+02:00", "10-24 23:00", "10-25 00:00"),
    ("2026-10-25T02:00+02:00", "10-25 00:00", "10-25 01:00"),
    ("2026-10-25T02:00+01:00", "10-25 01:00", "10-25 02:00"),
    ("2026-10-25T03:00+01:00", "10-25 02:00", "10-25 03:00"),
]


def test_berlin_in_spring_has_no_hour_two() -> None:
    hours = on("hour", BERLIN, "2026-03-28T23:00", "2026-03-29T22:00")
    assert hours[:4] == SPRING
    assert hours[-1] == ("2026-03-29T23:00+02:00", "03-29 21:00", "03-29 22:00")
    assert len(hours) == 23
    assert on("day", BERLIN, "2026-03-29T12:00", "2026-03-29T13:00") == [("2026-03-29", "03-28 23:00", "03-29 22:00")]


def test_berlin_in_autumn_has_hour_two_twice() -> None:
    hours = on("hour", BERLIN, "2026-10-24T22:00", "2026-10-25T23:00")
    assert hours[1:5] == AUTUMN
    assert (hours[0][0], hours[-1][0]) == ("2026-10-25T00:00+02:00", "2026-10-25T23:00+01:00")
    assert len(hours) == 25
    assert on("day", BERLIN, "2026-10-25T12:00", "2026-10-25T13:00") == [("2026-10-25", "10-24 22:00", "10-25 23:00")]


def test_the_night_is_an_hour_shorter_and_longer() -> None:
    for day, hours in (("2026-03-29", 5), ("2026-10-25", 7), ("2026-06-01", 6)):
        night, *others = [
            period for period in periods("part", BERLIN, utc(f"{day}T00:00"), utc(f"{day}T21:00")) if period.name == day
        ]
        assert (night.part, len(night.quarters()) / 4) == ("night", hours)
        assert [(part.part, len(part.quarters()) / 4) for part in others] == [
            ("morning", 4),
            ("midday", 5),
            ("afternoon", 4),
            ("evening", 5),
        ]


def test_weeks_and_months_with_a_change_of_the_clock() -> None:
    # The week from Monday, 23 March (00:00 CET = 22nd, 23:00 UTC) to Monday, 30 March (00:00 CEST = 29th, 22:00 UTC).
    assert on("week", BERLIN, "2026-03-25T00:00", "2026-03-25T01:00") == [("2026-W13", "03-22 23:00", "03-29 22:00")]
    # October begins in summer (30 September, 22:00 UTC) and ends in winter (31 October, 23:00 UTC).
    assert on("month", BERLIN, "2026-10-02T00:00", "2026-10-03T00:00") == [("2026-10", "09-30 22:00", "10-31 23:00")]
    # 1 January 2027 is a Friday: its week is the 53rd of 2026.
    assert on("week", BERLIN, "2027-01-01T00:00", "2027-01-01T01:00") == [("2026-W53", "12-27 23:00", "01-03 23:00")]


# Kolkata is UTC+5:30 all year: its days begin at 18:30 UTC, its hours at half past.
def test_kolkata() -> None:
    assert on("day", KOLKATA, "2026-03-29T00:00", "2026-03-29T00:15") == [("2026-03-29", "03-28 18:30", "03-29 18:30")]
    assert on("hour", KOLKATA, "2026-03-29T00:00", "2026-03-29T01:00") == [
        ("2026-03-29T05:00+05:30", "03-28 23:30", "03-29 00:30"),
        ("2026-03-29T06:00+05:30", "03-29 00:30", "03-29 01:30"),
    ]
    parts = [
        (period.part, *shown(period)[1:])
        for period in periods("part", KOLKATA, utc("2026-03-28T18:30"), utc("2026-03-29T18:30"))
    ]
    assert parts == [
        ("night", "03-28 18:30", "03-29 00:30"),
        ("morning", "03-29 00:30", "03-29 04:30"),
        ("midday", "03-29 04:30", "03-29 09:30"),
        ("afternoon", "03-29 09:30", "03-29 13:30"),
        ("evening", "03-29 13:30", "03-29 18:30"),
    ]


@pytest.mark.parametrize(
    ("zone", "since", "until", "expected"),
    [
        # Kathmandu is UTC+5:45.
        ("Asia/Kathmandu", "2026-01-01T00:00", "2026-01-01T00:15", [("2026-01-01T05:00+05:45", "12-31 23:15", "01-01 00:15")]),
        # Lord Howe moves by half an hour: in spring the hour 02 has only its second half, 30 minutes.
        (
            "Australia/Lord_Howe",
            "2026-10-03T15:00",
            "2026-10-03T16:00",
            [
                ("2026-10-04T01:00+10:30", "10-03 14:30", "10-03 15:30"),
                ("2026-10-04T02:30+11:00", "10-03 15:30", "10-03 16:00"),
            ],
        ),
        # Havana's midnight does not exist on the day of the change: the day begins at 01:00.
        ("America/Havana", "2026-03-08T05:00", "2026-03-08T06:00", [("2026-03-08T01:00-04:00", "03-08 05:00", "03-08 06:00")]),
    ],
)  # fmt: skip
def test_odd_zones(zone: str, since: str, until: str, expected: list[tuple[str, str, str]]) -> None:
    assert on("hour", ZoneInfo(zone), since, until) == expected


def test_a_day_that_was_left_out_of_the_calendar() -> None:
    """Samoa went from 29 to 31 December 2011 overnight."""
    apia = ZoneInfo("Pacific/Apia")
    names = [period.name for period in periods("day", apia, utc("2011-12-29T12:00"), utc("2011-12-31T12:00"))]
    assert names == ["2011-12-29", "2011-12-31", "2012-01-01"]
    assert day_start(date(2011, 12, 30), apia) == day_start(date(2011, 12, 31), apia) == utc("2011-12-30T10:00")


def test_a_moment_is_written_with_its_offset() -> None:
    assert written(utc("2026-03-29T00:59:59.999"), BERLIN) == "2026-03-29T01:59:59+01:00"
    assert written(utc("2026-03-29T01:00"), BERLIN) == "2026-03-29T03:00:00+02:00"


ZONES = st.sampled_from(
    [
        "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "America/St_Johns",
        "America/Sao_Paulo", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "Asia/Beirut", "America/Nuuk",
        "Antarctica/Troll", "Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Asia/Gaza", "Africa/Cairo",
    ]
).map(ZoneInfo)  # fmt: skip
FIRST, LAST = utc("2000-01-01T00:00") // QUARTER, utc("2040-01-01T00:00") // QUARTER


@given(by=st.sampled_from(get_args(By)), zone=ZONES, first=st.integers(FIRST, LAST), length=st.integers(1, 1500))
def test_every_quarter_is_in_one_period_and_no_time_is_left_out(
    by: By, zone: ZoneInfo, first: int, length: int
) -> None:
    since, until = first * QUARTER, (first + length) * QUARTER
    found = list(periods(by, zone, since, until))
    assert found[0].start <= since < found[0].end
    assert found[-1].start < until <= found[-1].end
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(period.start < period.end and period.start % QUARTER == period.end % QUARTER == 0 for period in found)


@given(by=st.sampled_from(get_args(By)), zone=ZONES, at=st.integers(FIRST, LAST), shift=st.integers(0, 3000))
def test_a_period_is_the_same_wherever_the_stretch_begins(by: By, zone: ZoneInfo, at: int, shift: int) -> None:
    (period,) = periods(by, zone, at * QUARTER, (at + 1) * QUARTER)
    assert period in list(periods(by, zone, (at - shift) * QUARTER, (at + shift + 1) * QUARTER))


@given(zone=ZONES, at=st.integers(utc("2012-01-01T00:00") // QUARTER, LAST))
def test_a_day_is_the_day_the_clock_shows(zone: ZoneInfo, at: int) -> None:
    moment = datetime.fromtimestamp(at * QUARTER / 1000, zone)
    (day,) = periods("day", zone, at * QUARTER, (at + 1) * QUARTER)
    (hour,) = periods("hour", zone, at * QUARTER, (at + 1) * QUARTER)
    assert day.name == moment.date().isoformat()
    assert hour.name[:13] == moment.isoformat()[:13]
    assert hour.name[16:] == moment.isoformat()[19:]
    assert timedelta(milliseconds=hour.end - hour.start) <= timedelta(hours=1)
