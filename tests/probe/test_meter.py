"""What ffmpeg prints, as readings: as version 5.1 printed it, in pieces of any size, and any bytes at all."""

from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.probe.meter import FLOOR, LARGEST, MeterParser

FRAME = b"""\
frame:1    pts:39690   pts_time:0.9
lavfi.r128.M=-11.198
lavfi.r128.S=-120.691
lavfi.r128.I=-11.206
lavfi.r128.LRA=0.000
lavfi.astats.1.Peak_level=-6.020600
lavfi.astats.1.RMS_level=-13.383082
lavfi.astats.1.Peak_count=2.000000
lavfi.astats.2.Peak_level=-inf
lavfi.astats.2.RMS_level=-inf
lavfi.astats.2.Peak_count=22050.000000
lavfi.astats.Overall.Number_of_samples=22050.000000
"""

MONO_SILENCE = b"""\
frame:196  pts:4387824 pts_time:99.4971
lavfi.r128.M=nan
lavfi.r128.S=nan
lavfi.astats.1.Peak_level=-inf
lavfi.astats.1.RMS_level=-inf
lavfi.astats.1.Peak_count=44100.000000
lavfi.astats.Overall.Number_of_samples=22050.000000
"""

MONO_CLIPPED = b"""\
frame:0    pts:0   pts_time:0
lavfi.r128.M=-1.5
lavfi.r128.S=-120.691
lavfi.astats.1.Peak_level=-0.000265
lavfi.astats.1.RMS_level=-1.0
lavfi.astats.1.Peak_count=812.000000
lavfi.astats.Overall.Number_of_samples=11025.000000
"""


def test_a_stereo_frame():
    (measure,) = MeterParser().feed(FRAME)
    assert (measure.momentary, measure.short_term, measure.samples) == (-11.198, -120.691, 44100)
    left, right = measure.levels
    assert (left.peak, left.rms, left.clipped) == (pytest.approx(0.5, abs=1e-4), -13.383082, 0)
    assert (right.peak, right.rms, right.clipped) == (0.0, -inf, 0)


def test_samples_at_full_scale_are_clipped_in_a_mono_frame():
    (measure,) = MeterParser().feed(MONO_CLIPPED)
    (level,) = measure.levels
    assert (level.clipped, round(level.peak, 3), measure.samples, measure.short_term) == (812, 1.0, 11025, -120.691)


def test_a_loudness_that_is_no_number_is_what_the_levels_say():
    """Of silence after sound; and of sound, should one broken sample have spoilt the filter's sums for good."""
    (silence,) = MeterParser().feed(MONO_SILENCE)
    assert silence.momentary == FLOOR
    (sound,) = MeterParser().feed(MONO_SILENCE.replace(b"RMS_level=-inf", b"RMS_level=-18.5"))
    assert sound.momentary == -18.5


@given(st.lists(st.integers(0, 3 * len(FRAME)), max_size=12))
def test_pieces_of_any_size_say_the_same(cuts):
    whole, parser = FRAME * 3, MeterParser()
    edges = [0, *sorted(cuts), len(whole)]
    pieces = [whole[start:end] for start, end in pairwise(edges)]
    assert [measure for piece in pieces for measure in parser.feed(piece)] == MeterParser().feed(whole)


KEYS = [line.partition(b"=")[0] for line in FRAME.splitlines()]
LINES = st.one_of(
    st.binary(max_size=60),
    st.tuples(
        st.sampled_from(KEYS), st.sampled_from([b"nan", b"inf", b"-inf", b"1e400", b"-5", b"", b"0x1", b"3"])
    ).map(b"=".join),
)


@given(st.lists(LINES, max_size=40).map(b"\n".join))
def test_any_bytes_give_sane_measures_or_none(said):
    for measure in MeterParser().feed(said + b"\n"):
        assert FLOOR <= measure.momentary <= 99
        assert 0 <= measure.samples <= LARGEST * 8
        assert measure.levels
        assert all(0 <= level.peak <= 1 and level.rms <= 0 and level.clipped >= 0 for level in measure.levels)


def test_what_never_ends_takes_no_memory():
    parser = MeterParser()
    for _ in range(100):
        parser.feed(b"x" * 65536)
    parser.feed(b"".join(b"\nkey%d=1" % number for number in range(10_000)))
    assert len(parser._rest) <= 1024
    assert len(parser._values) <= 256
    (measure,) = parser.feed(b"\n" + FRAME)
    assert measure.momentary == -11.198
