"""Play events as the configuration describes them."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.facts import Fact, session_key
from exporter.clock import AHEAD
from exporter.config.schema import MappedEvents, Mapping
from exporter.ingest.mapped import Mapped
from exporter.ingest.reading import OLDEST, Told, Unreadable
from tests.ingest.standin import DAY, MINUTE, NOW, StandIn

WOWZA = Mapping(
    name="wowza",
    events=MappedEvents(started=("play", "connect"), updated=("beat",), closed=("stop",)),
    event="data.type",
    id="data.session",
    event_id="uuid",
    server="host.name",
    channel="data.stream",
    time="at",
    time_unit="ms",
    started_at="data.began",
    address="data.ip",
    agent="data.agent",
    country="data.country",
    protocol="data.protocol",
    bytes="data.bytes",
    reason="data.why",
)
SAID = {
    "uuid": "e-1",
    "at": NOW,
    "host": {"name": "edge1"},
    "data": {
        "type": "play",
        "session": 4711,
        "stream": "jazz",
        "ip": "203.0.113.7",
        "agent": "VLC/3.0.20",
        "country": "de",
        "protocol": "HLS",
        "bytes": "70000",
    },
}


def told(*events: Any, mapping: Mapping = WOWZA, audience: StandIn | None = None) -> Told:
    decoder = Mapped(mapping)
    return decoder.told(decoder.read(json.dumps(events).encode()), audience or StandIn(), NOW)


def fact(mapping: Mapping = WOWZA, top: dict[str, Any] | None = None, **data: Any) -> Fact:
    facts = told({**SAID, "data": {**SAID["data"], **data}, **(top or {})}, mapping=mapping).facts  # type: ignore[dict-item]
    assert len(facts) == 1
    return facts[0]


def test_a_start() -> None:
    began = fact()
    assert (began.sender, began.kind, began.at, began.started) == ("wowza", "started", NOW, NOW)
    assert (began.key, began.sent, began.begins) == (session_key("wowza", "edge1", 0, "4711"), 70_000, True)
    who = began.listener
    assert who is not None
    assert (who.server, who.channel, who.protocol, who.country) == ("edge1", "jazz", "hls", "DE")


def test_every_name_of_an_event() -> None:
    assert [fact(type=name).kind for name in ("play", "connect", "beat", "stop")] == [
        "started",
        "started",
        "updated",
        "closed",
    ]
    assert told({**SAID, "data": {**SAID["data"], "type": "publish"}}).ignored == 1  # type: ignore[dict-item]


def test_a_close() -> None:
    closed = fact(type="stop", why="timeout", began=NOW - MINUTE)
    assert (closed.reason, closed.started, closed.begins) == ("timeout", NOW - MINUTE, True)
    assert not fact(type="stop").begins


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("ms", NOW),
        ("ms", str(NOW)),
        ("s", NOW / 1000),
        ("s", str(NOW // 1000)),
        ("iso8601", "2026-11-21T10:10:00Z"),
        ("iso8601", "2026-11-21T11:10:00+01:00"),
        ("iso8601", "2026-11-21 10:10:00"),
    ],
)
def test_ways_to_write_a_time(unit: str, written: Any) -> None:
    mapping = msgspec.structs.replace(WOWZA, time_unit=unit)
    assert fact(mapping, {"at": written}).at == NOW


def test_what_is_not_configured_is_not_needed() -> None:
    plain = Mapping(name="plain", events=MappedEvents(started=("play",)))
    event = {"event": "play", "id": "1", "media": "jazz", "time": "2026-11-21T10:10:00Z", "ip": "", "user_agent": None}
    began = told(event, mapping=plain).facts[0]
    assert began.listener is not None
    assert (began.listener.server, began.listener.country, began.sent) == ("plain", "unknown", None)


def test_a_known_session_needs_no_listener() -> None:
    audience = StandIn(session_key("wowza", "edge1", 0, "4711"))
    assert told(SAID, audience=audience).facts[0].listener is None


def test_clocks() -> None:
    assert told({**SAID, "at": NOW + DAY}).clamped == 1
    assert told({**SAID, "at": NOW - 31 * DAY}).stale == 1
    assert fact(began=1).started == NOW - OLDEST


@pytest.mark.parametrize(
    ("event", "reason", "said"),
    [
        (5, "type", "[0] must be an object"),
        ({}, "type", "[0].data.type is missing or empty, and without it the event says nothing"),
        ({"data": {"type": ["play"]}}, "type", "[0].data.type must be a text"),
        ({"data": {"type": "play", "stream": "a"}, "at": 1}, "type", "[0].data.session is missing or empty, and without it the event says nothing"),
        ({"data": {"type": "play", "session": "1"}, "at": 1}, "type", "[0].data.stream is missing or empty, and without it the event says nothing"),
        ({"data": {"type": "play", "session": "1", "stream": "a"}}, "type", "[0].at is missing or empty, and without it the event says nothing"),
        ({"data": {"type": "play", "session": "1", "stream": "a"}, "at": "203.0.113.7"}, "type", "[0].at must be a number"),
        ({"data": {"type": "play", "session": "1", "stream": "a"}, "at": "nan"}, "type", "[0].at must be a number"),
        ({"data": {"type": "play", "session": True, "stream": "a"}, "at": 1}, "type", "[0].data.session must be a text"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood(event: Any, reason: str, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        told(event)
    assert (error.value.reason, str(error.value)) == (reason, said)


@pytest.mark.parametrize(
    ("body", "reason"), [(b"x", "json"), (b"7", "type"), (b"[1e999]", "type"), (b"[" * 1_000_000, "depth")]
)
def test_what_is_no_list_of_objects(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        Mapped(WOWZA).read(body)
    assert error.value.reason == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=3), below, max_size=2),
    max_leaves=4,
)
DATA = st.fixed_dictionaries(
    {"type": st.sampled_from(("play", "beat", "stop"))},
    optional=dict.fromkeys(("session", "stream", "ip", "agent", "country", "protocol", "bytes", "why", "began"), JSON),
)


@given(JSON | st.fixed_dictionaries({"data": DATA, "at": st.integers(NOW - 40 * DAY, NOW + DAY) | JSON, "host": JSON}))
def test_any_document_is_told_or_refused(event: Any) -> None:
    try:
        result = told(event)
    except Unreadable:
        return
    for one in result.facts:
        assert NOW - OLDEST <= one.at <= NOW + AHEAD
        assert one.started is None or one.at - OLDEST <= one.started <= one.at
