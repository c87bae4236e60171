"""What is known of an engine: each value for its ttl, the lowest of a minute, the spread of five, counts that grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clock import AHEAD
from exporter.playout.reading import ALL, MOST_DECKS, MOST_ENCODERS, Draft, Key
from tests.playout.engines import Told, wall

FILL_A, FILL_B = Key("deck_fill", "a"), Key("deck_fill", "b")


def test_an_engine_that_was_never_heard_of_is_not_up() -> None:
    reading = Told().reading(1001)
    assert (reading.up, reading.at, reading.values) == (False, None, {})


def test_each_value_has_an_age_of_its_own() -> None:
    told = Told(ttl="15s")
    told.report(1000, ("deck_fill", 0.87, "a"), ("cpu", 0.1))
    told.report(1010, ("deck_fill", 0.9, "b"))
    assert told.reading(1015).values == {FILL_A: 0.87, Key("cpu"): 0.1, FILL_B: 0.9}
    assert told.reading(1015.1).values == {FILL_B: 0.9}
    silent = told.reading(1025.1)
    assert (silent.up, silent.values, silent.lowest, silent.at) == (False, {}, {}, wall(1010))


def test_what_is_told_late_is_as_old_as_it_is_and_overrides_nothing() -> None:
    told = Told()
    told.report(1010, ("deck_fill", 0.5, "a"))
    told.report(1004, ("deck_fill", 0.3, "a"), heard=1011)
    reading = told.reading(1011)
    assert (reading.values[FILL_A], reading.lowest["a"], reading.at) == (0.5, 0.3, wall(1010))
    told.report(980, ("cpu", 0.5), heard=1012)
    assert Key("cpu") not in told.reading(1012).values


def test_the_lowest_of_the_last_minute_outlasts_a_recovery_and_no_longer() -> None:
    told = Told()
    told.report(1000, ("deck_fill", 0.08, "a"))
    for second in range(1001, 1070):
        told.report(second, ("deck_fill", 0.9, "a"))
        lowest = told.reading(second).lowest["a"]
        assert lowest == (0.08 if second <= 1060 else 0.9), second
    assert told.reading(1069).values[FILL_A] == 0.9


def test_the_lowest_is_seen_however_often_it_is_told() -> None:
    told = Told()
    for step in range(1000):
        told.report(1000 + step / 1000, ("deck_fill", 0.02 if step == 500 else 0.8, "a"))
    assert told.reading(1001).lowest == {"a": 0.02}
    assert len(told.engine._fills["a"]._values) <= 2


def test_what_is_older_than_any_window_is_told_all_the_same() -> None:
    """A text file that a timer writes every ten minutes, found when it is six minutes old."""
    told = Told(ttl="15m")
    told.report(1000, ("encoder_bitrate", 16_000, "mp3"), ("deck_fill", 0.5, "a"), heard=1360)
    reading = told.reading(1360)
    assert (reading.values[Key("encoder_bitrate", "mp3")], reading.values[FILL_A]) == (16_000, 0.5)
    assert (reading.spread, reading.lowest) == ({}, {})


def test_what_always_comes_too_late_does_not_pile_up() -> None:
    """An engine whose clock is slow by more than its ttl: nobody looks at its windows."""
    told = Told(ttl="15s")
    for second in range(1000, 2000):
        told.report(second, ("encoder_bitrate", 16_000, "mp3"), ("deck_fill", 0.5, "a"), heard=second + 20)
    assert len(told.engine._fills["a"]._values) <= 62
    assert len(told.engine._bitrates["mp3"]._values) <= 302


def test_a_steady_bit_rate_has_no_spread_and_one_that_jumps_has() -> None:
    told = Told()
    for second in range(1000, 1100, 5):
        told.report(
            second, ("encoder_bitrate", 16_000, "mp3"), ("encoder_bitrate", 12_000 + 8000 * (second % 2), "aac")
        )
    spread = told.reading(1099).spread
    assert spread["mp3"] == 0
    assert spread["aac"] == pytest.approx(0.25)  # half at 12,000 and half at 20,000: 4,000 by 16,000
    told.report(1400, ("encoder_bitrate", 16_000, "aac"))
    assert told.reading(1400).spread == {}  # of one value nobody knows how steady it is


def test_how_an_encoder_stopped_says_nothing_of_how_steady_it_runs() -> None:
    told = Told()
    told.report(1000, ("encoder_up", 1, "mp3"), ("encoder_bitrate", 16_000, "mp3"))
    told.report(1005, ("encoder_up", 0, "mp3"), ("encoder_bitrate", 0, "mp3"))
    assert told.reading(1005).spread["mp3"] == 1
    for second in (1010, 1015):
        told.report(second, ("encoder_up", 1, "mp3"), ("encoder_bitrate", 16_000, "mp3"))
    assert told.reading(1015).spread["mp3"] == 0


def test_underruns_never_go_back() -> None:
    told, key = Told(), Key("deck_underruns", "a")
    seen = []
    for second, total in enumerate((3, 3, 5, 0, 1, 1)):  # it began anew after the third
        told.report(1000 + second, ("deck_underruns", total, "a"))
        seen.append(told.reading(1000 + second).values[key])
    assert seen == [3, 3, 5, 5, 6, 6]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_whatever_an_engine_counts_ours_grows_by_no_more(totals: list[int]) -> None:
    told, key, before = Told(), Key("deck_underruns", "a"), 0.0
    for second, total in enumerate(totals):
        told.report(1000 + second, ("deck_underruns", total, "a"))
        now = told.reading(1000 + second).values[key]
        assert before <= now <= before + total
        before = now


def test_decks_and_encoders_have_a_number_and_the_rest_is_counted() -> None:
    told = Told()
    for number in range(1000):
        told.report(1000, ("deck_fill", 0.5, f"d{number}"), ("encoder_up", 1, f"e{number}"))
    values = told.reading(1000).values
    assert sum(key.field == "deck_fill" for key in values) == MOST_DECKS
    assert sum(key.field == "encoder_up" for key in values) == MOST_ENCODERS
    assert told.engine.dropped == {"deck": 1000 - MOST_DECKS, "encoder": 1000 - MOST_ENCODERS}


def test_what_is_long_gone_makes_room() -> None:
    told = Told()
    for number in range(MOST_DECKS):
        told.report(1000, ("deck_fill", 0.5, f"d{number}"))
    told.engine.look(1000 + 3599)
    assert told.report(4599, ("deck_fill", 0.5, "new")) == 0
    told.engine.look(1000 + 3601)
    assert told.report(4601, ("deck_fill", 0.5, "new")) == 1
    assert set(told.engine._fills) == {"new"}
    assert set(told.engine._transitions._before) == {Key("deck_fill", "new")}


@pytest.mark.parametrize(
    ("field", "said", "known"),
    [
        ("deck_fill", 1.7, 1),
        ("deck_fill", -0.2, 0),
        ("cpu", 3, 1),
        ("deck_seconds", 1e9, 86_400),
        ("memory", 1e300, 2**50),
    ],
)
def test_what_cannot_be_is_made_the_nearest_that_can_and_counted(field, said, known) -> None:
    draft = Draft(wall(1000))
    draft.put(field, said)
    assert (draft.report().values, draft.report().mended) == ({Key(field): known}, 1)


@pytest.mark.parametrize("said", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_passed_over_and_counted(said) -> None:
    draft = Draft(wall(1000))
    draft.put("deck_fill", said, "a")
    assert (draft.report().values, draft.report().mended) == ({}, 1)


def test_a_clock_that_is_ahead_means_now() -> None:
    for ahead, mended in ((1000, 0), (AHEAD + 1, 1), (float("inf"), 1)):
        draft = Draft(wall(1000))
        draft.time(wall(1000) + ahead)
        assert (draft.report().at, draft.report().mended) == (wall(1000), mended)


def test_underruns_that_are_told_after_a_long_time_are_counted_once() -> None:
    told = Told()
    told.report(1000, ("deck_underruns", 100.0, "a"), ("deck_fill", 0.8, "a"))
    for at in range(1010, 6000, 10):
        told.report(at, ("deck_fill", 0.8, "a"))
        told.engine.look(at)
    told.report(6000, ("deck_underruns", 100.0, "a"))
    assert told.reading(6000).values[Key("deck_underruns", "a")] == 100


def test_a_figure_for_all_decks_takes_no_place_from_a_deck() -> None:
    told = Told()
    decks = [("deck_fill", 0.8, f"d{number}") for number in range(MOST_DECKS)]
    assert told.report(1000, ("deck_latency", 0.01, ALL), *decks) == MOST_DECKS + 1
    assert told.engine.dropped == {"deck": 0, "encoder": 0}


def test_an_engine_is_pending_until_it_had_to_be_heard_of() -> None:
    told = Told(ttl="15s")
    assert told.engine.pending(1015)
    assert not told.engine.pending(1016)
    told.report(1003, ("cpu", 0.1))
    assert not told.engine.pending(1004)
