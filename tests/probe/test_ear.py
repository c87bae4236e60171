"""Silence, dead channels and peaks, followed from one half second to the next."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.probe.ear import Ear
from exporter.probe.reading import PERIOD, Level, Measure


def measure(momentary=-20.0, left=-20.0, right=-20.0, peak=0.3, mono=False):
    levels = (Level(peak, left, 0),) if mono else (Level(peak, left, 0), Level(peak, right, 0))
    return Measure(momentary, -21.0, levels, 44100)


SOUND, SILENCE = measure(), measure(-90.0, -95.0, -95.0, 0.0)
LEFT_DEAD = measure(-23.0, -95.0, -20.0)


def heard(*measures):
    ear = Ear(-50)
    for one in measures:
        ear.hear(one)
    return ear.sound()


def seconds(count, one):
    return [one] * int(count / PERIOD)


def test_nothing_heard_is_not_silence():
    assert heard() is None


def test_silence_is_as_long_as_it_has_lasted_and_ends_at_once():
    assert heard(*seconds(4, SOUND), *seconds(16, SILENCE)).silence == 16
    assert heard(*seconds(16, SILENCE), SOUND).silence == 0


def test_pauses_of_speech_never_add_up():
    speech = [*seconds(5, SOUND), *seconds(3, SILENCE)] * 20
    assert max(heard(*speech[: end + 1]).silence for end in range(len(speech))) == 3


def test_short_term_loudness_needs_its_three_seconds():
    assert heard(*seconds(2.5, SOUND)).short_term is None
    assert heard(*seconds(3, SOUND)).short_term == -21.0


def test_a_peak_is_seen_for_ten_seconds():
    loud = measure(peak=0.9)
    assert heard(loud, *seconds(9.5, SOUND)).peak == 0.9
    assert heard(loud, *seconds(10, SOUND)).peak == 0.3


def test_a_channel_is_dead_when_it_alone_is_silent_for_some_time():
    assert heard(*seconds(4.5, LEFT_DEAD)).dead == (False, False)
    assert heard(*seconds(5, LEFT_DEAD)).dead == (True, False)
    assert heard(*seconds(9, LEFT_DEAD), SOUND).dead == (False, False)
    assert heard(*seconds(9, measure(-23.0, -20.0, -95.0))).dead == (False, True)


def test_a_pause_of_both_neither_kills_nor_revives_a_channel():
    assert heard(*seconds(60, SILENCE)).dead == (False, False)
    assert heard(*seconds(6, LEFT_DEAD), *seconds(3, SILENCE)).dead == (True, False)


def test_a_mono_stream_has_no_sides():
    assert heard(*seconds(10, measure(mono=True))).dead is None


@given(st.lists(st.tuples(st.floats(-120, 0), st.floats(-120, 0), st.floats(-120, 0)), min_size=1, max_size=60))
def test_never_are_both_channels_dead_and_silence_is_never_longer_than_what_was_heard(levels):
    found = heard(*(measure(*one) for one in levels))
    assert found.dead != (True, True)
    assert 0 <= found.silence <= len(levels) * PERIOD
