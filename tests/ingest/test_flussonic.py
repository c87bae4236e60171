"""Flussonic's play events, of both forms, with odd clocks and odd texts."""

import json
from typing import Any

import pytest

from exporter.audience.facts import Fact, session_key
from exporter.clock import AHEAD
from exporter.ingest.flussonic import Flussonic
from exporter.ingest.reading import OLDEST, Told
from tests.ingest.standin import DAY, MINUTE, NOW, StandIn

OLD = {
    "time": "2026-11-21T10:10:00.000510Z",
    "id": "b7d1",
    "server": "edge1",
    "media": "jazz",
    "user_id": "u-1",
    "ip": "203.0.113.7",
    "country": "AU",
    "proto": "hls",
    "bytes": 0,
    "token": "s3cret",
    "source_id": "src",
    "user_agent": "VLC/3.0.20",
    "opened_at": NOW - MINUTE,
    "query_string": "token=s3cret",
}
NEW = {
    "event_id": "e-1",
    "server": "edge1",
    "utc_ms": NOW,
    "id": "b7d1",
    "media": "jazz",
    "ip": "203.0.113.7",
    "country": "de",
    "proto": "HLS",
    "user_agent": "VLC/3.0.20",
    "opened_at": NOW - 2 * MINUTE,
    "started_at": NOW - MINUTE,
}
KEY = session_key("flussonic", "edge1", 0, "b7d1")


def told(*events: Any, audience: StandIn | None = None) -> Told:
    decoder = Flussonic()
    return decoder.told(decoder.read(json.dumps(events).encode()), audience or StandIn(), NOW)


def fact(event: str, form: dict[str, Any] = NEW, audience: StandIn | None = None, **fields: Any) -> Fact:
    facts = told({"event": event, **form, **fields}, audience=audience).facts
    assert len(facts) == 1
    return facts[0]


def test_a_start() -> None:
    began = fact("play_started")
    assert (began.sender, began.kind, began.key, began.begins) == ("flussonic", "started", KEY, True)
    assert (began.at, began.started, began.lasted, began.sent) == (NOW - MINUTE, NOW - MINUTE, None, None)
    who = began.listener
    assert who is not None
    assert (who.server, who.channel, who.protocol, who.country) == ("edge1", "jazz", "hls", "DE")


def test_a_start_of_the_old_form_is_when_it_was_told() -> None:
    began = fact("play_started", OLD)
    assert (began.at, began.started, began.sent, began.begins) == (NOW + 1, NOW + 1, 0, True)
    without_time = {name: value for name, value in OLD.items() if name != "time"}
    assert fact("play_started", without_time).at == NOW - MINUTE  # opened_at


def test_an_update() -> None:
    update = fact("play_updated", updated_at=NOW - 5, bytes=70_000)
    assert (update.kind, update.at, update.started, update.sent, update.begins) == (
        "updated", NOW - 5, NOW - MINUTE, 70_000, True,
    )  # fmt: skip
    assert fact("play_updated", OLD).begins
    assert not fact("play_updated", NEW | {"started_at": None}).begins  # opened, never started


def test_a_close_counts_from_when_it_was_closed_and_not_from_when_it_is_told() -> None:
    closed = fact("play_closed", utc_ms=NOW, closed_at=NOW - 30_000, reason="timeout")
    assert (closed.kind, closed.at, closed.reason, closed.final) == ("closed", NOW - 30_000, "timeout", True)
    assert (closed.started, closed.begins) == (NOW - MINUTE, True)


def test_a_close_that_tells_no_start_is_no_listener() -> None:
    assert not fact("play_closed", NEW | {"started_at": None}, closed_at=NOW).begins
    assert not fact("play_closed", OLD, closed_at=NOW).begins


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "left"),
        ("", "left"),
        ("client_closed", "left"),
        ("Client Disconnect", "left"),
        ("session-limit", "denied"),
        ("source_lost", "gone"),
        ("TIMEOUT", "timeout"),
        ("server_restart", "server_restart"),
        ("x" * 100_000, "other"),
        ("203.0.113.7", "other"),
    ],
)
def test_reasons_are_folded_into_few(said: str | None, reason: str) -> None:
    assert fact("play_closed", closed_at=NOW, reason=said).reason == reason


def test_one_object_and_many_and_what_says_nothing_of_a_listener() -> None:
    decoder = Flussonic()
    one = decoder.told(decoder.read(json.dumps({"event": "play_started", **NEW}).encode()), StandIn(), NOW)
    assert len(one.facts) == 1
    several = told(
        {"event": "play_opened", **NEW}, {"event": "stream_started", "media": 5}, {"event": "play_started", **NEW}
    )
    assert (len(several.facts), several.ignored) == (1, 2)
    assert told().facts == []


def test_fields_of_other_events_may_be_anything() -> None:
    strange = {"event": "source_ready", "id": [1], "bytes": "many", "media": {"a": 1}, "reason": 7}
    several = told(strange, {"event": "play_started", **NEW})
    assert (len(several.facts), several.ignored) == (1, 1)


def test_a_known_session_needs_no_listener() -> None:
    audience = StandIn(KEY)
    assert fact("play_updated", audience=audience).listener is None
    assert audience.asked == []


def test_repetitions_have_the_same_fingerprint_and_other_tellings_another() -> None:
    assert fact("play_started").event == fact("play_started", utc_ms=NOW + 1).event  # the same event_id
    assert fact("play_started").event != fact("play_started", event_id="e-2").event
    again = {**OLD, "bytes": 5}
    assert fact("play_updated", OLD).event == fact("play_updated", OLD).event
    assert fact("play_updated", OLD).event != fact("play_updated", again).event
    assert fact("play_updated", OLD).event != fact("play_closed", OLD).event


def test_no_secret_is_decoded() -> None:
    assert "s3cret" not in repr(Flussonic().read(json.dumps([{"event": "play_started", **OLD}]).encode()))


def test_an_address_is_in_no_fact() -> None:
    assert "203.0.113" not in repr(told({"event": "play_started", **NEW}))


# Clocks.


def test_a_clock_a_little_ahead_is_believed_and_one_far_ahead_is_not() -> None:
    assert told({"event": "play_started", **NEW, "started_at": NOW + AHEAD}).facts[0].at == NOW + AHEAD
    for far in (NOW + AHEAD + 1, 4_102_444_800_000, 10**30, 1e300, 10**400):
        ahead = told({"event": "play_closed", **NEW, "closed_at": far})
        assert (ahead.facts[0].at, ahead.clamped, ahead.stale) == (NOW, 1, 0)


def test_a_start_behind_its_end_is_the_end() -> None:
    odd = told({"event": "play_closed", **NEW, "closed_at": NOW - 2 * MINUTE})
    assert (odd.facts[0].started, odd.clamped) == (NOW - 2 * MINUTE, 1)


def test_a_session_lasts_thirty_days_at_most() -> None:
    for began in (NOW - OLDEST - 1, 1, -5, -(10**30)):
        endless = told({"event": "play_updated", **NEW, "started_at": began})
        assert (endless.facts[0].started, endless.clamped) == (NOW - OLDEST, 1)


@pytest.mark.parametrize("closed_at", [NOW - 31 * DAY, 1, -1, -(10**30), -1e300])
def test_what_is_too_old_is_acknowledged_and_not_taken(closed_at: float) -> None:
    old = told({"event": "play_closed", **NEW, "closed_at": closed_at}, {"event": "play_started", **NEW})
    assert (len(old.facts), old.stale, old.clamped) == (1, 1, 0)


@pytest.mark.parametrize("sent", [-1, 2**50 + 1, 10**30, -1e300])
def test_bytes_that_cannot_be_are_left_out(sent: float) -> None:
    odd = told({"event": "play_updated", **NEW, "bytes": sent})
    assert (odd.facts[0].sent, odd.clamped) == (None, 1)


# Texts.


def test_texts_become_labels() -> None:
    who = fact(
        "play_started", media='a"b\n\tc' + "x" * 300, server="\x00edge\x7f1 ", proto="../../etc", country="Germany"
    ).listener
    assert who is not None
    assert who.channel == 'a"b  c' + "x" * (255 - 6)
    assert who.server == "edge 1"
    assert (who.protocol, who.country) == ("other", "unknown")


def test_agents_and_addresses_are_cut() -> None:
    audience = StandIn()
    fact("play_started", audience=audience, user_agent="x" * 100_000, ip="y" * 100_000)
    assert (len(audience.asked[0]["agent"]), len(audience.asked[0]["address"])) == (4096, 64)


@pytest.mark.parametrize(
    ("raw", "channel"),
    [
        (b'"caf\xe9"', "caf\ufffd"),
        (rb'"\ud800!"', "\ufffd!"),
        (rb'"!\udc00"', "!\ufffd"),
        (rb'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'"\\\ud800"', "\\\ufffd"),
    ],
)
def test_broken_characters_are_replaced(raw: bytes, channel: str) -> None:
    body = b'[{"event":"play_started","id":"1","utc_ms":%d,"media":%s}]' % (NOW, raw)
    listener = Flussonic().told(Flussonic().read(body), StandIn(), NOW).facts[0].listener
    assert listener is not None
    assert listener.channel == channel


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert len(Flussonic().read(b"\xef\xbb\xbf[]")) == 0
