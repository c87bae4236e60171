import random
import time
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from demo.library import library
from demo.past import DAY, Past, invent
from demo.wishes import REFUSALS

ZONE = ZoneInfo("Europe/Berlin")
NOW = 1_795_000_000.0
ITEMS = library()


@pytest.fixture(scope="module")
def past() -> Past:
    return invent(ITEMS, NOW, ZONE, 180, random.Random(5))


def test_it_is_soon_invented_and_bounded(past):
    began = time.monotonic()
    again = invent(ITEMS, NOW, ZONE, 180, random.Random(6))
    assert time.monotonic() - began < 3
    assert 15_000 < len(again.plays) < 25_000
    assert 15_000 < len(past.plays) < 25_000


def test_plays_follow_one_another_up_to_now(past):
    dated = [play for play in past.plays if play.started is not None]
    assert len(past.plays) - len(dated) == 3
    assert all(one.started <= other.started for one, other in pairwise(dated))
    assert NOW - 1200 < dated[-1].started < NOW
    assert NOW - 365 * DAY <= dated[0].started < NOW - 364 * DAY


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365])
def test_every_window_has_enough_for_its_charts(past, days):
    plays = Counter(
        play.item.song_id
        for play in past.plays
        if play.item.songtype == "S" and play.started is not None and play.started >= NOW - days * DAY
    )
    assert len(plays) >= 50
    assert sum(number >= 5 for number in plays.values()) >= 10


def test_the_audience_follows_the_day(past):
    by_hour = defaultdict(list)
    for play in past.plays:
        if play.started is not None:
            by_hour[datetime.fromtimestamp(play.started, ZONE).hour].append(play.listeners)
    assert by_hour.keys() == set(range(24))
    assert mean(by_hour[17]) > 4 * mean(by_hour[4])


def test_some_songs_win_listeners_and_some_lose_them(past):
    changes = defaultdict(list)
    for play, following in pairwise(past.plays):
        if play.listeners > 20:
            changes[play.item.appeal > 0.08, play.item.appeal < -0.08].append(following.listeners / play.listeners)
    assert mean(changes[True, False]) > mean(changes[False, False]) + 0.03
    assert mean(changes[False, True]) < mean(changes[False, False]) - 0.03


def test_requests_have_every_code_and_status_and_those_played_are_found(past):
    assert {wish.code for wish in past.wishes} == {0, 200, *REFUSALS}
    assert {wish.status for wish in past.wishes} == {"played", "ignored", "pending", "new"}
    assert all(one.asked <= other.asked for one, other in pairwise(past.wishes))
    played = {number for number, wish in enumerate(past.wishes, start=1) if wish.status == "played"}
    fulfilled = {play.request_id: play for play in past.plays if play.request_id}
    assert fulfilled.keys() == played
    for number, play in fulfilled.items():
        wish = past.wishes[number - 1]
        assert wish.song_id == play.item.song_id
        assert wish.asked < play.started


def test_some_songs_are_cut_short(past):
    gaps = [
        other.started - one.started
        for one, other in pairwise(past.plays)
        if one.item.songtype == "S" and one.started and other.started and not other.overlay
    ]
    assert 0.01 < sum(gap < 30 for gap in gaps) / len(gaps) < 0.06
