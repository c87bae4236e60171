"""What servers push, as they push it, and what becomes of it in /metrics."""

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from exporter.probe.head import AGENT as PROBE
from tests.running import icecast, scrape
from tests.web.doors.pushing import TOKEN, Client, pushed_to, rejections, samples, sent

VLC = "VLC/3.0.20 LibVLC/3.0.20"
ACCEPTED = {"accepted": 1, "ignored": 0}


NOW = time.time_ns() // 1_000_000


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "event": name,
        "event_id": f"{name}-{fields}",
        "id": "b7d1",
        "server": "edge1",
        "media": "jazz",
        "ip": "203.0.113.7",
        "country": "de",
        "proto": "hls",
        "user_agent": VLC,
        "utc_ms": NOW,
        "started_at": NOW - 100_000,
        **fields,
    }


def form(action: str, **fields: str) -> bytes:
    base = {
        "server": "127.0.0.1",
        "port": "8000",
        "client": "17",
        "mount": "/live.mp3",
        "ip": "203.0.113.7",
        "agent": VLC,
    }
    return urlencode({"action": action, **base, **fields}).encode()


async def value(client: Client, name: str) -> dict[frozenset[tuple[str, str]], float]:
    return {labels: value for (_, labels), value in (await samples(client, name)).items()}


async def test_a_session_from_flussonic() -> None:
    labels = frozenset({("server", "edge1"), ("channel", "jazz")})
    async with pushed_to() as client:
        assert await sent(client, "/api/webhook", [event("play_opened"), event("play_started")]) == (
            200, {"accepted": 1, "ignored": 1},
        )  # fmt: skip
        assert await value(client, "radio_sessions_active") == {labels: 1}
        closed = event("play_closed", closed_at=NOW - 10_000, bytes=4711, reason="timeout")
        assert await sent(client, "/api/webhook", closed) == (200, ACCEPTED)
        assert await sent(client, "/api/webhook", [closed]) == (200, ACCEPTED)  # sent again: acknowledged, not counted
        assert await value(client, "radio_session_sent_bytes_total") == {labels: 4711}
        assert await value(client, "radio_sessions_closed_total") == {labels | {("reason", "timeout")}: 1}
        assert await value(client, "radio_ingest_duplicates_total") == {frozenset({("sender", "flussonic")}): 1}
        listened = (await value(client, "radio_listening_seconds_total"))[labels]
        assert listened == 90


async def test_a_session_by_a_mapping() -> None:
    mapping = {
        "name": "wowza",
        "events": {"started": ["connect"]},
        "event": "data.type",
        "id": "data.id",
        "channel": "data.stream",
        "time_unit": "ms",
        "address": "data.ip",
    }
    told = {
        "time": NOW,
        "data": {"type": "connect", "id": 5, "stream": "pop", "ip": "203.0.113.7"},
        "user_agent": VLC,
    }
    async with pushed_to(ingest={"token": "open-sesame", "mappings": [mapping]}) as client:
        assert await sent(client, "/api/webhook?mapping=wowza", told) == (200, ACCEPTED)
        status, answer = await sent(client, "/api/webhook?mapping=red5", told)
        assert (status, answer["error"]) == (
            400, "no mapping of this name is configured under `ingest.mappings`; there are: wowza",
        )  # fmt: skip
        assert await value(client, "radio_sessions_active") == {frozenset({("server", "wowza"), ("channel", "pop")}): 1}


async def test_a_thousand_events_at_once_are_all_or_nothing() -> None:
    events = [event("play_started", id=str(number), event_id=str(number)) for number in range(1200)]
    async with pushed_to() as client:
        wrong = [*events[:-1], {"event": "play_started", "id": "x"}]
        status, answer = await sent(client, "/api/webhook", wrong)
        assert (status, answer["error"]) == (
            400,
            "[1199].media is missing or empty, and without it the event says nothing",
        )
        assert await value(client, "radio_sessions_active") == {}
        assert await sent(client, "/api/webhook", events) == (200, {"accepted": 1200, "ignored": 0})
        assert list((await value(client, "radio_sessions_active")).values()) == [1200]


async def test_clocks_that_are_off_are_counted() -> None:
    async with pushed_to() as client:
        future, past = event("play_started", started_at=4_102_444_800_000), event("play_closed", closed_at=1)
        assert await sent(client, "/api/webhook", [future, past]) == (200, {"accepted": 1, "ignored": 1})
        assert await value(client, "radio_ingest_clamped_total") == {frozenset({("sender", "flussonic")}): 1}
        assert await rejections(client) == {("flussonic", "stale"): 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "json"),
        (b"", "json"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":NaN}]', "json"),
        (b'[{"event":"play_started","id":"1","media":5,"utc_ms":1}]', "type"),
        (b'[{"event":"play_started","id":"1","media":"a","utc_ms":"soon"}]', "type"),
        (b"[" * 1_000_000, "depth"),
        (b'{"event":"x","a":' + b"[" * 1_000_000, "depth"),
    ],
)
async def test_bad_input_is_a_clear_400(body: bytes, reason: str) -> None:
    async with pushed_to() as client:
        status, answer = await sent(client, "/api/webhook", body)
        assert status == 400
        assert answer["error"]
        assert await rejections(client) == {("flussonic", reason): 1}


async def test_odd_texts_become_bounded_labels() -> None:
    async with pushed_to(audience={"max_channels": 10}) as client:
        odd = [
            event("play_started", id=str(number), event_id=str(number), media=f'a"b\n{number}' + "x" * 1000, user_agent="x" * 100_000)
            for number in range(50)
        ]  # fmt: skip
        assert await sent(client, "/api/webhook", odd) == (200, {"accepted": 50, "ignored": 0})
        channels = {dict(labels)["channel"] for labels in await value(client, "radio_sessions_active")}
        assert len(channels) == 11
        assert "other" in channels
        assert all(len(channel) <= 255 and "\n" not in channel for channel in channels)


async def test_no_address_and_no_secret_is_said_again() -> None:
    async with pushed_to() as client:
        for body in (
            [event("play_started", utc_ms="203.0.113.7")],
            [event("play_started", started_at=None, utc_ms=None, time="203.0.113.7")],
            [event("play_started", media=None)],
        ):
            status, answer = await sent(client, "/api/webhook", body)
            assert status == 400
            assert "203.0.113" not in str(answer)
        status, answer = await sent(
            client, "/api/v1/icecast/auth?server=203.0.113.7:1", form("listener_remove", duration="5")
        )
        assert status == 400
        assert "203.0.113" not in str(answer)


# Icecast's URL authentication.


async def admitted(client: Client, body: bytes, path: str = "/api/v1/icecast/auth", **options: Any) -> tuple[int, bool]:
    options.setdefault("headers", TOKEN)
    async with client.post(path, data=body, **options) as reply:
        return reply.status, reply.headers.get("icecast-auth-user") == "1"


async def test_a_listener_of_icecast_leaves() -> None:
    labels = frozenset({("server", "main"), ("channel", "/live.mp3")})
    async with pushed_to(icecast=[icecast("http://127.0.0.1:1")]) as client:
        left = form("listener_remove", duration="83", sent="4711", **{"pass": "hackme", "user": "ali"})
        assert await admitted(client, left) == (200, True)
        assert await value(client, "radio_listening_seconds_total") == {labels: 83}
        assert await value(client, "radio_session_sent_bytes_total") == {labels: 4711}
        assert await admitted(client, form("mount_add")) == (200, True)
        assert await admitted(client, form("mount_remove")) == (200, True)


async def test_a_listening_probe_is_let_in_and_is_nobody() -> None:
    async with pushed_to(icecast=[icecast("http://127.0.0.1:1")]) as client:
        assert await admitted(client, form("listener_add", agent=PROBE)) == (200, True)
        assert await admitted(client, form("listener_remove", duration="3600", sent="4711", agent=PROBE)) == (200, True)
        assert (await sent(client, "/api/webhook", [event("play_started", user_agent=PROBE)]))[0] == 200
        page = (await scrape(client)).samples
        told = [name for name, _ in page if name.startswith(("radio_session", "radio_listening", "radio_listeners"))]
        assert told == []
        assert page["radio_ingest_facts_total", frozenset({("sender", "flussonic"), ("kind", "started")})] == 1


async def test_every_listener_is_let_in_whatever_becomes_of_the_telling() -> None:
    came = form("listener_add")
    async with pushed_to(icecast=[icecast("http://127.0.0.1:1")], ingest={"token": "open-sesame", "rate": 1}) as client:
        for body in (came, came, form("listener_add", client="none"), form("listener_add", mount="")):
            assert await admitted(client, body) == (200, True)
        assert (await rejections(client))["icecast_auth", "rate"] >= 1
        assert (await sent(client, "/api/v1/icecast/auth", came, headers={}))[0] == 401
    store = {"url": "mysql+pymysql://radio:hackme@127.0.0.1:1/radio"}
    async with pushed_to(icecast=[icecast("http://127.0.0.1:1")], store=store, ready=False) as client:
        assert await admitted(client, came) == (200, True)


async def test_sources_are_never_let_in() -> None:
    async with pushed_to(icecast=[icecast("http://127.0.0.1:1")]) as client:
        assert await admitted(client, form("stream_auth")) == (400, False)


SERVERS = [icecast("http://127.0.0.1:8000"), icecast("http://radio.invalid", name="other")]


@pytest.mark.parametrize(
    ("servers", "query", "fields", "server"),
    [
        (SERVERS[:1], "", {"port": "9"}, "main"),
        (SERVERS, "", {}, "main"),
        (SERVERS, "", {"server": "Radio.Invalid", "port": "80"}, "other"),
        (SERVERS, "?server=other", {}, "other"),
        ([], "?server=elsewhere", {}, "elsewhere"),
        (SERVERS, "", {"port": "9"}, None),
        (SERVERS, "?server=nobody", {}, None),
        ([], "", {}, None),
    ],
)
async def test_which_icecast_it_is(servers: Any, query: str, fields: dict[str, str], server: str | None) -> None:
    async with pushed_to(icecast=servers, ready=False) as client:
        while (
            answer := await sent(
                client, f"/api/v1/icecast/auth{query}", form("listener_remove", duration="9", **fields)
            )
        )[0] == 503:
            await asyncio.sleep(0.02)
        if server is None:
            assert answer[0] == 400
            assert "server" in answer[1]["error"]
        else:
            found = await value(client, "radio_sessions_started_total")
            assert {dict(labels)["server"] for labels in found} == {server}
