"""When an event is seen, and where what has no time belongs."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.facts import QUARTER
from exporter.backfill.sam_span import AHEAD, EARLIEST, Order, Span, forward

NOW = 1_795_000_123_000
SPAN = Span(None, NOW, NOW)
moments = st.integers(EARLIEST, NOW)


@given(moments)
def test_an_event_is_seen_at_the_next_quarter_hour(moment: int) -> None:
    tick = SPAN.tick(moment)
    assert moment <= tick < moment + QUARTER
    assert tick % QUARTER == 0 or tick == NOW
    before = SPAN.first(tick)
    assert before % QUARTER == 0
    assert tick - QUARTER <= before < tick


@given(moments, moments)
def test_nothing_is_seen_before_the_first_sample(since: int, moment: int) -> None:
    span = Span(since, NOW, NOW)
    tick = span.tick(moment)
    assert max(since, moment) <= tick <= NOW
    assert since <= span.first(tick) <= tick


def test_on_the_quarter_hour_is_at_once() -> None:
    assert SPAN.tick(QUARTER * 1_200_000) == QUARTER * 1_200_000
    assert SPAN.first(QUARTER * 1_200_000) == QUARTER * 1_199_999


@given(
    st.lists(st.one_of(st.none(), st.integers(0, NOW + 10 * AHEAD)), max_size=20),
    st.integers(1, 20),
    st.integers(0, 19),
    st.integers(EARLIEST, NOW + AHEAD),
)
def test_events_stay_in_their_order(drawn: list[int | None], batch: int, place: int, good: int) -> None:
    drawn.insert(place % batch, good)  # the first batch holds a good time
    order = Order(SPAN)
    placed = [at for start in range(0, len(drawn), batch) for at in order.place(drawn[start : start + batch])]
    known = [moment for moment in placed if moment is not None]
    assert placed[: len(known)] == known == sorted(known)
    assert order.over == (len(known) < len(placed))
    assert all(EARLIEST <= moment <= NOW for moment in known)


@given(st.lists(st.integers(0, 9), max_size=9))
def test_as_many_times_as_can_be_are_believed(times: list[int]) -> None:
    found = forward(times)
    believed = [times[place] for place in found]
    assert believed == sorted(believed)
    assert found == sorted(set(found))
    every = (some for length in range(len(times) + 1) for some in combinations(times, length))
    assert len(believed) == max(len(some) for some in every if list(some) == sorted(some))


@pytest.mark.parametrize("wrong", [None, 0, EARLIEST - 1, NOW + AHEAD + 1, NOW - 900_000_000_000, NOW - 1000])
def test_what_has_no_good_time_comes_next(wrong: int | None) -> None:
    good = [NOW - 90_000_000 + number * 1000 for number in range(20)]
    placed = Order(SPAN).place([*good[:10], wrong, wrong, *good[10:]])
    assert placed == [*good[:10], good[9], good[9], *good[10:]]


def test_where_nothing_has_a_time_all_is_at_the_end() -> None:
    assert Order(SPAN).place([None, 0]) == [NOW, NOW]


def test_what_follows_something_behind_the_end_is_behind_it_too() -> None:
    order = Order(Span(None, NOW - 5000, NOW))
    assert order.place([NOW - 9000, NOW - 5000, None, NOW - 4999, None]) == [
        NOW - 9000,
        NOW - 5000,
        NOW - 5000,
        None,
        None,
    ]
    assert order.over
    assert order.place([NOW - 4000]) == [None]
