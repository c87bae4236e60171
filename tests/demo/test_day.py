from datetime import UTC, datetime, timedelta

import pytest

from demo.day import WORKING_DAY, Clock, audience_share

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SATURDAY = MONDAY + timedelta(days=5)


def test_the_curve_has_a_value_for_every_hour_and_reaches_one():
    assert len(WORKING_DAY) == 24
    assert max(WORKING_DAY) == 1.0
    assert min(WORKING_DAY) > 0


@pytest.mark.parametrize(("hour", "share"), [(4, 0.10), (6.5, 0.56), (17, 1.0), (23.5, 0.27)])
def test_the_audience_of_a_working_day_between_the_hours(hour, share):
    assert audience_share(MONDAY + timedelta(hours=hour)) == pytest.approx(share)


def test_at_weekends_breakfast_is_later_and_smaller():
    assert audience_share(SATURDAY + timedelta(hours=10)) == pytest.approx(0.8 * WORKING_DAY[8])
    assert audience_share(SATURDAY + timedelta(hours=1)) == pytest.approx(0.8 * WORKING_DAY[23])


def test_a_hurried_clock_runs_that_much_faster():
    elapsed = 100.0
    clock = Clock(60, lambda: elapsed)
    start = clock.now()
    elapsed += 24 * 60
    assert clock.now() - start == timedelta(days=1)
