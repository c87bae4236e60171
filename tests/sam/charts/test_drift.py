"""The usual audience by the minute of the day, on a clock that is put forward and back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sam.charts.drift import MINUTES, Drift, levels, minute_of_day, offsets
from exporter.sam.charts.heard import Heard

ZONES = ["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC", "Africa/Casablanca"]
FIRST, LAST = (round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (2012, 2030))

moments = st.integers(FIRST, LAST)


@given(moments, st.sampled_from(ZONES))
def test_the_minute_of_the_day_is_the_clocks(moment: int, name: str) -> None:
    zone = ZoneInfo(name)
    local = datetime.fromtimestamp(moment // 1000, zone)
    assert minute_of_day(moment, CLOCKS[name]) == local.hour * 60 + local.minute


CLOCKS = {name: offsets(ZoneInfo(name), FIRST, LAST) for name in ZONES}


def test_changes_of_the_clock_are_known_to_the_millisecond() -> None:
    summer, winter = (
        datetime(2026, month, day, 1, tzinfo=UTC).timestamp() * 1000 for month, day in ((3, 29), (10, 25))
    )
    found = offsets(ZoneInfo("Europe/Berlin"), round(summer) - 5_000_000_000, round(winter) + 1000)
    assert found == [(round(summer) - 5_000_000_000, 3_600_000), (summer, 7_200_000), (winter, 3_600_000)]


starts = st.lists(st.tuples(st.integers(0, 3 * MINUTES - 1), st.integers(0, 90)), max_size=60)


@given(starts)
def test_a_level_is_the_mean_of_the_plays_near_that_minute(plays: list[tuple[int, int]]) -> None:
    found = levels([(minute * 60_000, 1, listeners) for minute, listeners in plays], [(0, 0)])
    for minute in (0, 1, 14, 15, 16, 700, 1425, 1439):
        near = [n for start, n in plays if min((start - minute) % MINUTES, (minute - start) % MINUTES) <= 15]
        assert found[minute] == (sum(near) / len(near) if near else None)


def heard(
    drift: Drift, *rows: tuple[int, int | None, int | None, int | None, int | None]
) -> list[tuple[int, int, float]]:
    sums = Heard(drift)
    sums.add([rows])
    return [tuple(found[2:]) for found in sums._sums.values()]


MINUTE = 60_000
SUMS = [(0, 2, 200), (60 * MINUTE, 1, 50), (120 * MINUTE, 1, 0)]  # 100 at midnight, 50 at one, none at two


@pytest.mark.parametrize(
    ("started", "minutes", "before", "after", "gained"),
    [
        (0, 60, 80, 40, 0.0),  # half of them go, as every night
        (60, -60 + 1440, 40, 80, 0.0),
        (0, 60, 80, 60, 20.0),
        (0, 5, 80, 60, -20.0),  # the same level
        (0, 30, 80, 60, -20.0),  # nobody knows the level at its end
        (300, 60, 80, 60, -20.0),  # nor here at its start
        (120, 1440, 80, 60, -20.0),  # nobody is no measure
        (60, 60, 80, 3, 3.0),  # nobody is left at two, as a rule
    ],
)
def test_what_a_song_gains_is_what_is_beyond_the_rule(
    started: int, minutes: int, before: int, after: int, gained: float
) -> None:
    drift = Drift(SUMS, [(0, 0)])
    assert heard(drift, (1, started * MINUTE, minutes * MINUTE, before, after)) == [(1, before, gained)]


def test_a_play_over_a_change_of_the_clock_ends_by_the_new_one() -> None:
    drift = Drift(SUMS, [(0, 0), (30 * MINUTE, 60 * MINUTE)])  # half past midnight becomes half past one
    assert drift.level(29 * MINUTE) is None
    assert heard(drift, (1, 0, 60 * MINUTE, 100, 60)) == [(1, 100, 10.0)]  # it ended at two, when 50 listen
    assert heard(drift, (1, 0, 120 * MINUTE, 100, 7)) == [(1, 100, 7.0)]  # at three, when nobody does


def test_a_play_of_which_something_is_not_known_is_not_heard() -> None:
    drift = Drift(SUMS, [(0, 0)])
    rows = [(1, None, None, 5, 5), (1, 0, None, 5, 5), (1, 0, 9, None, 5), (1, 0, 9, 5, None), (1, 0, 9, 0, 5)]
    assert heard(drift, *rows) == [(0, 0, 0.0)]
