import random
from datetime import UTC, datetime, timedelta

import pytest

from demo.day import WORKING_DAY, Clock, audience_share, stay

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


def test_some_zap_most_stay_and_a_hurried_day_is_shorter():
    stays = [stay(random.Random(number)) for number in range(2000)]
    assert sum(seconds <= 30 for seconds in stays) / 2000 == pytest.approx(0.25, abs=0.05)
    assert 400 < sorted(stays)[1000] < 900
    assert sorted(stay(random.Random(number), 60) for number in range(2000))[1000] < 30
