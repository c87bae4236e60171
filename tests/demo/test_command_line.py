import argparse

import pytest

from demo.__main__ import duration, parse, speed


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("2m", 120), ("1h30m", 5400), ("45", 45), ("0.5m", 30), ("1m30", 90)]
)
def test_durations(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "2 m", "m", "-5s", "1d", "soon"])
def test_what_is_no_duration(text):
    with pytest.raises(argparse.ArgumentTypeError, match="write 90s, 2m or 1h30m"):
        duration(text)


@pytest.mark.parametrize("text", ["0", "-1", "fast", "nan", "inf"])
def test_what_is_no_speed(text):
    with pytest.raises(argparse.ArgumentTypeError, match="such as 60"):
        speed(text)


def test_everything_has_a_default():
    options = parse([])
    assert (options.seconds, options.speed, options.folder, options.no_mishaps) == (None, 1.0, None, False)
