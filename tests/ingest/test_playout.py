"""Health as engines push it: whatever comes is a report of possible values, or a plain refusal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ingest import playout
from exporter.ingest.reading import Unreadable
from exporter.playout.reading import LARGEST, Key, Report

NOW = 1_800_000_000_000

numbers = st.none() | st.integers(-(10**400), 10**400) | st.floats() | st.sampled_from([1e11, -1, 10**19, 1.7])
decks = st.fixed_dictionaries({}, optional=dict.fromkeys(playout.Deck.__struct_fields__, numbers))
encoders = st.fixed_dictionaries({}, optional={"up": st.booleans(), "bitrate_bytes_per_second": numbers})
healths = st.fixed_dictionaries(
    {"engine": st.text(max_size=5)},
    optional={
        "time": numbers | st.text(max_size=20) | st.datetimes().map(lambda moment: moment.isoformat()),
        "cpu": numbers,
        "memory_bytes": numbers,
        "encoders_active": numbers,
        "decks": st.dictionaries(st.text(max_size=3) | st.sampled_from("ab"), decks, max_size=3),
        "encoders": st.dictionaries(st.sampled_from(["mp3", "aac"]), encoders, max_size=2),
    },
)


def told(body: bytes) -> Report:
    return playout.report(playout.read(body), NOW)


@given(healths.map(lambda health: json.dumps(health).encode()) | st.binary(max_size=100))
def test_whatever_comes_is_a_report_or_a_refusal(body: bytes) -> None:
    try:
        report = told(body)
    except Unreadable:
        return
    assert report.at <= NOW
    assert all(0 <= value <= LARGEST[key.field] for key, value in report.values.items())


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (NOW / 1000 - 7, -7000),
        (NOW - 7000, -7000),
        ("2027-01-15T07:59:53Z", -7000),
        ("2027-01-15T08:59:53+01:00", -7000),
        (NOW + 60_000, 0),
    ],
)
def test_times_in_every_notation(written: Any, at: int) -> None:
    report = told(json.dumps({"engine": "a", "time": written}).encode())
    assert (report.at - NOW, report.mended) == (at, 0)


def test_a_figure_for_all_decks_is_of_deck_all() -> None:
    report = told(b'{"engine": "a", "decoder_latency_seconds": 0.012, "decks": {"a": {"fill": 1}}}')
    assert report.values == {Key("deck_latency", "all"): 0.012, Key("deck_fill", "a"): 1}
