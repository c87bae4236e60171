from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sam.clocks import to_local, to_unix, written

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "UTC"]).map(
    ZoneInfo
)
MINUTE = 60_000
HOUR = 60 * MINUTE


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_time_of_the_zone():
    assert to_unix(local("2026-11-21 12:00:00"), BERLIN, None) == utc("2026-11-21 11:00:00")
    assert to_unix(local("2026-07-01 12:00:00"), BERLIN, None) == utc("2026-07-01 10:00:00")
    assert to_unix(local("2026-07-01 12:00:00"), ZoneInfo("Asia/Kolkata"), None) == utc("2026-07-01 06:30:00")
    assert to_unix(local("2026-07-01 12:00:00.250"), ZoneInfo("UTC"), None) == utc("2026-07-01 12:00:00") + 250


def test_the_hour_that_comes_twice_goes_on_and_never_back():
    """In autumn 02:00 to 03:00 is played twice: a play every 20 minutes, as the computer's clock shows them."""
    clock = ["01:40", "02:00", "02:20", "02:40", "02:00", "02:20", "02:40", "03:00"]
    before, moments = None, []
    for shown in clock:
        before = to_unix(local(f"2026-10-25 {shown}:00"), BERLIN, before)
        moments.append(before)
    assert moments == [utc("2026-10-24 23:40:00") + number * 20 * MINUTE for number in range(8)]


def test_the_hour_that_comes_twice_is_its_first_coming_if_nothing_is_known():
    assert to_unix(local("2026-10-25 02:30:00"), BERLIN, None) == utc("2026-10-25 00:30:00")
    assert to_unix(local("2026-10-25 02:30:00"), BERLIN, utc("2026-10-25 00:30:00")) == utc("2026-10-25 00:30:00")
    assert to_unix(local("2026-10-25 02:30:00"), BERLIN, utc("2026-10-25 00:30:01")) == utc("2026-10-25 01:30:00")


@pytest.mark.parametrize("not_before", [None, utc("2026-03-29 00:00:00"), utc("2026-04-01 00:00:00")])
def test_a_time_that_never_was(not_before):
    """In spring the clock goes from 02:00 to 03:00: 02:30 is half an hour after 02:00 by the time before the change."""
    assert to_unix(local("2026-03-29 02:30:00"), BERLIN, not_before) == utc("2026-03-29 01:30:00")


def test_a_clock_set_back_is_not_put_right_here():
    noon = utc("2026-11-21 11:00:00")
    assert to_unix(local("2026-11-21 11:59:00"), BERLIN, noon) == noon - MINUTE


def test_zero_dates_are_no_time():
    assert written("0000-00-00 00:00:00") is None
    assert written("2026-00-00 00:00:00") is None
    assert written(None) is None
    assert written(local("2026-11-21 12:00:00")) == local("2026-11-21 12:00:00")


@given(st.datetimes(), ZONES, st.none() | st.integers(-(10**15), 10**15))
def test_any_time_in_any_zone_is_read(played, zone, not_before):
    """From the year 1 to 9999; and what was written is what the clock shows then, unless that time never was."""
    moment = to_unix(played, zone, not_before)
    assert abs(moment - to_unix(played, ZoneInfo("UTC"), None)) <= 24 * HOUR


@given(st.integers(utc("1975-01-01 00:00:00"), utc("2100-01-01 00:00:00")), ZONES)
def test_there_and_back(moment, zone):
    """A moment is found again from what the clock showed, if the play before it began just before."""
    shown = to_local(moment, zone)
    assert shown.tzinfo is None
    assert to_unix(shown, zone, moment) == moment
    again = to_local(to_unix(shown, zone, None), zone)
    assert abs(again - shown) < timedelta(milliseconds=1)
