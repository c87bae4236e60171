"""What is no play event of Flussonic's: each fault is one clear error, and nothing else ever happens."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.clock import AHEAD
from exporter.ingest.flussonic import Flussonic
from exporter.ingest.reading import OLDEST, Told, Unreadable
from tests.ingest.standin import DAY, NOW, StandIn


def refused(body: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as error:
        Flussonic().told(Flussonic().read(body), StandIn(), NOW)
    return error.value.reason, str(error.value)


@pytest.mark.parametrize(
    ("body", "reason", "said"),
    [
        (b"", "json", "the body is no JSON"),
        (b"event=play_started", "json", "the body is no JSON (byte 0)"),
        (b'[{"event":"play_started"', "json", "the body is no JSON"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":NaN}]', "json", "the body is no JSON (byte 55)"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":-Infinity}]', "json", "the body is no JSON (byte 56)"),
        (b"5", "type", "the body must be an object or a list, not a whole number"),
        (b"null", "type", "the body must be an object or a list, not null"),
        (b"[[]]", "type", "[0] must be an object, not a list"),
        (b'[{"event":"play_opened"},7]', "type", "[1] must be an object, not a whole number"),
        (b'[{"id":"1"}]', "type", "[0].event is missing"),
        (b'[{"event":5}]', "type", "[0].event must be a text, not a whole number"),
        (b'[{"event":"play_started","media":"a","utc_ms":1}]', "type", "[0].id is missing or empty, and without it the event says nothing"),
        (b'[{"event":"play_opened"},{"event":"play_closed","id":"1","media":""}]', "type", "[1].media is missing or empty, and without it the event says nothing"),
        (b'[{"event":"play_started","id":"1","media":" ","started_at":%d}]' % NOW, "type", "[0].media is missing or empty, and without it the event says nothing"),
        (b'{"event":"play_closed","id":"1","media":"a"}', "type", "[0].closed_at (or utc_ms, or time) is missing or empty, and without it the event says nothing"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":"203.0.113.7"}]', "type", "[0].utc_ms must be a whole number or a number or null, not a text"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":1e999}]', "type", "[0].utc_ms holds what no event may hold there"),
        (b'[{"event":"play_started","id":"1","media":"a","time":"203.0.113.7"}]', "type", "[0].time is no time: write it in ISO 8601, such as 2026-11-21T10:00:00Z"),
        (b'[{"event":"play_started","id":"1","media":["a"],"utc_ms":1}]', "type", "[0].media must be a text or null, not a list"),
        (b"[" * 1_000_000, "depth", "the body is nested too deeply"),
        (b'{"a":' * 1_000_000, "depth", "the body is nested too deeply"),
        (b'[{"event":"play_started","extra":' + b"[" * 1_000_000, "depth", "the body is nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood(body: bytes, reason: str, said: str) -> None:
    assert refused(body) == (reason, said)


def test_a_number_of_ten_thousand_digits() -> None:
    body = b'[{"event":"play_closed","id":"1","media":"a","closed_at":%s}]' % (b"9" * 10_000)
    assert refused(body)[0] == "type"


VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.lists(st.integers(), max_size=2),
)
FIELDS = st.fixed_dictionaries(
    {"event": st.sampled_from(("play_started", "play_updated", "play_closed", "play_opened"))},
    optional={
        **dict.fromkeys(
            ("id", "media", "server", "ip", "country", "proto", "user_agent", "reason"), st.text() | VALUES
        ),
        **dict.fromkeys(
            ("utc_ms", "opened_at", "started_at", "updated_at", "closed_at", "bytes"),
            st.integers(NOW - 40 * DAY, NOW + DAY) | VALUES,
        ),
        "time": st.datetimes().map(lambda moment: moment.isoformat()) | st.text() | VALUES,
    },
)


def accepted(body: bytes) -> Told | None:
    try:
        return Flussonic().told(Flussonic().read(body), StandIn(), NOW)
    except Unreadable:
        return None


@given(st.binary() | st.text().map(str.encode))
@example(b'[{"event":"play_started","id":"1","media":"a","time":"0001-01-01T00:00:00+23:59"}]')
@example(b'[{"event":"play_started","id":"1","media":"a","time":"9999-12-31T23:59:59-23:59"}]')
def test_any_bytes_are_told_or_refused(body: bytes) -> None:
    accepted(body)


@given(st.lists(FIELDS, max_size=3))
def test_whatever_is_told_lies_within_the_limits_of_time(events: list[dict[str, Any]]) -> None:
    result = accepted(json.dumps(events).encode())
    if result is None:
        return
    assert len(result.facts) + result.ignored + result.stale == len(events)
    for one in result.facts:
        assert NOW - OLDEST <= one.at <= NOW + AHEAD
        assert one.started is None or one.at - OLDEST <= one.started <= one.at
        assert one.sent is None or 0 <= one.sent <= 2**50
        assert one.listener is not None
        assert 0 < len(one.listener.channel) <= 255
        assert not set(one.listener.channel) & set("\n\r\0\t")
