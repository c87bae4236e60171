"""The arithmetic of plays, against tables worked out by hand."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sam.log.timeline import Play, Rules, State, Timeline
from exporter.sam.reading import HistoryRow
from tests.sam.rows import aired, clock, programme, song

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


def rules(means: Literal["start", "end"] = "start", zone: ZoneInfo = BERLIN, listeners=lambda at: None) -> Rules:
    return Rules(zone, means, 30_000, listeners)


def read(rows: Sequence[HistoryRow], rule: Rules | None = None, batch: int = 1000) -> list[Play]:
    """All plays, read in batches, each of which knows only the state that the one before has left."""
    plays: dict[int, Play] = {}
    state = State()
    for start in range(0, len(rows), batch):
        timeline = Timeline(rule or rules(), state)
        timeline.follow(rows[start : start + batch])
        if timeline.completed is not None:
            plays[timeline.completed.row.history_id] = timeline.completed
        plays |= {play.row.history_id: play for play in timeline.plays}
        state = timeline.state
    return [plays[row.history_id] for row in rows]


def utc(written: str) -> int:
    return round(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp() * 1000)


def seconds(play: Play) -> tuple[float | None, bool | None]:
    return None if play.aired is None else play.aired / 1000, play.skipped


TABLE = [
    # ID, date_played (Berlin, winter), length, type, more; aired, skipped
    (1, "2026-01-10 12:00:00", 200, "S", {}, 200, False),  # the next comes 5 s late: silence is not on the air
    (2, "2026-01-10 12:03:25", 8, "J", {}, 5, False),  # faded into the next: more than half of it was heard
    (3, "2026-01-10 12:03:30", 30, "A", {}, 12, True),  # cut off in its first half, below 30 s
    (4, "2026-01-10 12:03:42", 240, "S", {}, 40, False),  # cut off, but on the air for more than 30 s
    (5, "2026-01-10 12:04:10", 6, "J", {"overlay": True}, 6, None),  # over the song: no part of the chain
    (6, "2026-01-10 12:04:22", 180, "S", {}, 20, True),  # skipped
    (7, "0000-00-00 00:00:00", 180, "S", {}, None, None),  # nobody knows when
    (8, "2026-01-10 12:04:42", 5, "I", {}, 0, True),  # in the same second as the next
    (9, "2026-01-10 12:04:42", 0, "S", {}, 150, False),  # of unknown length
    (10, "2026-01-10 12:07:12", 0, "N", {}, 3600, False),  # of unknown length, and then nothing for two hours
    (11, "2026-01-10 14:07:12", 200, "S", {}, None, None),  # behind it the clock is set back
    (12, "2026-01-10 13:59:00", 200, "S", {}, 200, False),
    (13, "2026-01-10 14:03:00", 200, "S", {}, None, None),  # nothing came yet
]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_the_row_is_written_as_the_track_begins(batch: int) -> None:
    rows = [aired(number, when, length, kind, **more) for number, when, length, kind, more, *_ in TABLE]
    plays = read(rows, batch=batch)
    assert [seconds(play) for play in plays] == [row[-2:] for row in TABLE]
    assert [play.started for play in plays[:2]] == [utc("2026-01-10T11:00"), utc("2026-01-10T11:03:25")]
    assert plays[6].started is None
    assert [play.row.history_id for play in plays if play.clock_back] == [11]


END_TABLE = [
    # ID, date_played = its end, length, more; started (UTC), aired, skipped
    (1, "2026-01-10 12:03:20", 200, {}, "2026-01-10T11:00:00", 200, False),
    (2, "2026-01-10 12:06:50", 200, {}, "2026-01-10T11:03:30", 200, False),  # ten seconds of silence before it
    (3, "2026-01-10 12:07:00", 200, {}, "2026-01-10T11:06:50", 10, True),  # it began as the one before ended
    (4, "2026-01-10 12:07:03", 2, {"overlay": True}, "2026-01-10T11:07:01", 2, None),
    (5, "2026-01-10 12:10:20", 200, {}, "2026-01-10T11:07:00", 200, False),
    (6, "2026-01-10 12:10:20", 10, {}, "2026-01-10T11:10:20", 0, True),  # in the same second
    (7, "0000-00-00 00:00:00", 10, {}, None, None, None),
    (8, "2026-01-10 11:10:30", 200, {}, "2026-01-10T10:07:10", None, None),  # the clock was set back
    (9, "2026-01-10 11:13:50", 200, {}, "2026-01-10T10:10:30", 200, False),
    (10, "2026-01-10 11:14:50", 0, {}, "2026-01-10T10:14:50", 0, False),  # of unknown length
]


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_the_row_is_written_as_the_track_ends(batch: int) -> None:
    rows = [aired(number, when, length, "S", **more) for number, when, length, more, *_ in END_TABLE]
    plays = read(rows, rules("end"), batch)
    assert [play.started for play in plays] == [row[4] and utc(row[4]) for row in END_TABLE]
    assert [seconds(play) for play in plays] == [row[-2:] for row in END_TABLE]
    assert [play.row.history_id for play in plays if play.clock_back] == [8]


def test_in_autumn_the_hour_that_comes_twice_is_read_in_order() -> None:
    written = ["01:58:00", "02:00:00", "02:30:00", "02:58:00", "02:01:00", "02:31:00", "03:00:00"]
    plays = read([aired(number, f"2026-10-25 {time}", 1800) for number, time in enumerate(written, 1)])
    expected = ["2026-10-24T23:58", "2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T00:58", "2026-10-25T01:01",
                "2026-10-25T01:31", "2026-10-25T02:00"]  # fmt: skip
    assert [play.started for play in plays] == [utc(time) for time in expected]
    assert [seconds(play)[0] for play in plays] == [120, 1800, 1680, 180, 1800, 1740, None]
    assert not any(play.clock_back for play in plays)


def test_in_autumn_the_end_of_a_long_track_is_read_behind_the_end_of_the_one_before() -> None:
    written = [("2026-10-25 02:50:00", 3600), ("2026-10-25 02:10:00", 1200)]
    plays = read([aired(number, when, length) for number, (when, length) in enumerate(written, 1)], rules("end"))
    assert [play.moment for play in plays] == [utc("2026-10-25T00:50"), utc("2026-10-25T01:10")]
    assert seconds(plays[1]) == (1200, False)


def test_in_spring_an_hour_is_left_out() -> None:
    plays = read([aired(1, "2026-03-29 01:58:00", 240), aired(2, "2026-03-29 03:02:00", 240)])
    assert plays[0].started == utc("2026-03-29T00:58")
    assert seconds(plays[0]) == (240, False)


def test_a_zone_with_half_an_hour() -> None:
    plays = read([aired(1, "2026-03-29 02:30:00", 240)], rules(zone=KOLKATA))
    assert plays[0].started == utc("2026-03-28T21:00")


@pytest.mark.parametrize("batch", [1, 10])
def test_listeners_are_those_of_the_mounts_if_they_know_both_and_else_those_of_the_rows(batch: int) -> None:
    start = utc("2026-01-10T11:00")
    heard = {start + 200_000: 50, start + 500_000: 44}
    rows = [
        aired(1, "2026-01-10 12:00:00", 200, listeners=1),
        aired(2, "2026-01-10 12:03:20", 300, listeners=2),
        aired(3, "2026-01-10 12:08:20", 100, listeners=3),
        aired(4, "2026-01-10 12:10:00", 100),
    ]
    plays = read(rows, rules(listeners=heard.get), batch)
    assert [(play.before, play.after) for play in plays] == [(1, 2), (50, 44), (3, None), (None, None)]


def test_while_a_track_is_on_its_listeners_are_the_best_there_is() -> None:
    heard = {utc("2026-01-10T11:00"): 50}
    for row, before in (
        (aired(1, "2026-01-10 12:00:00", 200, listeners=1), 50),
        (aired(1, "2026-01-10 12:09:00", 200, listeners=1), 1),
    ):
        (play,) = read([row], rules(listeners=heard.get))
        assert (play.before, play.after, play.aired) == (before, None, None)


@pytest.mark.parametrize("means", ["start", "end"])
def test_an_overlay_takes_both_numbers_from_the_mounts_or_its_own(means: Literal["start", "end"]) -> None:
    begin, end = ("2026-01-10T11:00:00", "2026-01-10T11:00:06")
    row = aired(1, f"2026-01-10 12:00:0{0 if means == 'start' else 6}", 6, overlay=True, listeners=9)
    for heard, expected in (({begin: 50, end: 44}, (50, 44)), ({begin: 50}, (9, None)), ({end: 44}, (9, None))):
        moments = {utc(moment): number for moment, number in heard.items()}
        (play,) = read([row], rules(means, listeners=moments.get))
        assert (play.before, play.after) == expected


@pytest.mark.parametrize("batch", [1, 10])
def test_a_track_that_is_written_at_its_end_takes_no_half_of_a_pair(batch: int) -> None:
    heard = {utc("2026-01-10T11:00"): 50, utc("2026-01-10T11:02"): 44, utc("2026-01-10T11:03"): 40}
    rows = [aired(number, f"2026-01-10 12:0{number}:00", 60, listeners=number) for number in (1, 2, 3)]
    plays = read(rows, rules("end", listeners=heard.get), batch)
    assert [(play.before, play.after) for play in plays] == [(1, 2), (2, 3), (44, 40)]


@pytest.mark.parametrize("batch", [1, 10])
def test_a_track_that_is_written_at_its_end_takes_the_listeners_of_the_next(batch: int) -> None:
    rows = [aired(1, "2026-01-10 12:00:00", 60, listeners=5), aired(2, "2026-01-10 12:01:00", 60, listeners=9)]
    plays = read(rows, rules("end"), batch)
    assert [(play.before, play.after, play.aired) for play in plays] == [(5, 9, 60_000), (9, None, 60_000)]


def test_another_table_that_begins_earlier_is_no_clock_set_back() -> None:
    tail = read([aired(7, "2026-01-10 12:00:00", 200)])[0]
    timeline = Timeline(rules(), State(tail, new_table=True))
    timeline.follow([aired(1, "2026-01-10 10:00:00", 200), aired(2, "2026-01-10 10:00:10", 200)])
    assert timeline.completed is None
    assert [seconds(play) for play in timeline.plays] == [(10, True), (None, None)]


def test_another_table_that_goes_on_says_how_long_the_last_track_was_on_the_air() -> None:
    tail = read([aired(7, "2026-01-10 12:00:00", 200)])[0]
    timeline = Timeline(rules(), State(tail, new_table=True))
    timeline.follow([aired(1, "2026-01-10 12:01:40", 200)])
    assert timeline.completed is not None
    assert seconds(timeline.completed) == (100, False)


@pytest.mark.parametrize("genre", ["Genre 3", "", "Swing"])
def test_another_table_may_begin_with_the_last_track_itself(genre: str) -> None:
    tail = read([aired(7, "2026-01-10 12:00:00", 200, of=song(3))])[0]
    timeline = Timeline(rules(), State(tail, new_table=True))
    timeline.follow(
        [aired(1, "2026-01-10 12:00:00", 200, of=song(3, genre=genre)), aired(2, "2026-01-10 12:03:00", 200)]
    )
    assert timeline.completed is None
    assert [seconds(play) for play in timeline.plays] == [(180, False), (None, None)]


@given(st.integers(), st.integers(1, 20), st.sampled_from(["start", "end"]))
def test_batches_of_any_size_give_the_same_plays(seed: int, batch: int, means: Literal["start", "end"]) -> None:
    rows = list(programme(random.Random(seed), 40, clock("2026-10-24 23:00")))
    rule = rules(means, listeners=lambda at: at // 1000 % 90 or None)
    assert read(rows, rule, batch) == read(rows, rule)


@given(st.integers())
def test_nothing_is_longer_on_the_air_than_it_lasts_or_than_the_time_to_the_next(seed: int) -> None:
    plays = read(list(programme(random.Random(seed), 60, clock("2026-03-28 23:00"))))
    chain = [play for play in plays if play.in_chain]
    for play, following in pairwise(chain):
        assert play.started is not None
        assert following.started is not None
        gap = following.started - play.started
        if gap < 0:
            assert (play.aired, play.skipped, play.clock_back) == (None, None, True)
        else:
            assert play.aired == min(gap, play.row.duration or 3_600_000)
            assert play.skipped == (play.aired < 30_000 and play.aired * 2 < play.row.duration)
