"""Health that engines push: what is shown of it, and what is not taken."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from exporter.playout import engines
from tests.running import scrape
from tests.web.doors.pushing import TOKEN, Client, pushed_to, rejections, samples, sent

DOOR = "/api/v1/playout/health"
ENGINES: list[dict[str, Any]] = [{"engine": "studio-a"}, {"engine": "studio-b", "url": "http://127.0.0.1:1/metrics"}]

WHOLE: dict[str, Any] = {
    "engine": "studio-a",
    "cpu": 0.12,
    "memory_bytes": 250_000_000,
    "stream_connected": True,
    "mysql_connected": False,
    "decks": {
        "a": {"fill": 0.87, "seconds": 4.2, "underruns": 3, "decoder_latency_seconds": 0.012},
        "b": {"fill": 0.92},
    },
    "encoders": {"mp3-128": {"up": True, "bitrate_bytes_per_second": 16_000}},
}


async def test_a_whole_report_is_shown() -> None:
    async with pushed_to(playout=ENGINES) as client:
        before = await scrape(client)
        assert before.get("radio_playout_up", engine="studio-a") == 0
        assert before.labels("radio_deck_buffer_fill_ratio") == []
        assert await sent(client, DOOR, WHOLE) == (200, {"accepted": 11, "ignored": 0})
        page = await scrape(client)
    a, mp3 = {"engine": "studio-a", "deck": "a"}, {"engine": "studio-a", "encoder": "mp3-128"}
    assert page.get("radio_playout_up", engine="studio-a") == 1
    assert page.get("radio_playout_up", engine="studio-b") == 0
    assert page.get("radio_playout_report_timestamp_seconds", engine="studio-a") == pytest.approx(time.time(), abs=5)
    assert page.get("radio_playout_cpu_ratio", engine="studio-a") == 0.12
    assert page.get("radio_playout_memory_bytes", engine="studio-a") == 250_000_000
    assert page.get("radio_engine_stream_connected", engine="studio-a") == 1
    assert page.get("radio_engine_mysql_connected", engine="studio-a") == 0
    assert page.get("radio_deck_buffer_fill_ratio", **a) == 0.87
    assert page.get("radio_deck_buffer_fill_min_ratio", **a) == 0.87
    assert page.get("radio_deck_buffer_seconds", **a) == 4.2
    assert page.get("radio_deck_underruns_total", **a) == 3
    assert page.get("radio_deck_decoder_latency_seconds", **a) == 0.012
    assert page.get("radio_encoder_up", **mp3) == 1
    assert page.get("radio_encoder_bitrate_bytes_per_second", **mp3) == 16_000


async def test_partial_reports_add_up_and_an_engine_that_stops_is_silent_not_frozen(monkeypatch) -> None:
    async with pushed_to(playout=ENGINES[:1]) as client:
        await sent(client, DOOR, {"engine": "studio-a", "decks": {"a": {"fill": 0.87}}})
        await sent(client, DOOR, {"engine": "studio-a", "cpu": 0.5})
        page = await scrape(client)
        assert page.get("radio_deck_buffer_fill_ratio", engine="studio-a", deck="a") == 0.87
        assert page.get("radio_playout_cpu_ratio", engine="studio-a") == 0.5
        monkeypatch.setattr(engines, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 16))
        page = await scrape(client)
        assert page.get("radio_playout_up", engine="studio-a") == 0
        left = {name for name in page.names() if "deck" in name or name.startswith("radio_playout_")}
        assert left == {"radio_playout_up", "radio_playout_report_timestamp_seconds", "radio_playout_warnings_total"}


@pytest.mark.parametrize("at", ["seconds", "milliseconds", "iso"])
async def test_a_report_says_when_it_was_made(at: str) -> None:
    now = time.time() - 3
    written = {
        "seconds": now,
        "milliseconds": int(now * 1000),
        "iso": f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now))}",
    }
    async with pushed_to(playout=ENGINES) as client:
        assert await sent(client, DOOR, {"engine": "studio-a", "time": written[at], "cpu": 0}) == (
            200,
            {"accepted": 1, "ignored": 0},
        )
        shown = (await scrape(client)).get("radio_playout_report_timestamp_seconds", engine="studio-a")
    assert shown == pytest.approx(now, abs=1.1)


async def clamped(client: Client) -> float:
    return sum((await samples(client, "radio_ingest_clamped_total")).values())


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"decks": {"a": {"fill": 1.7}}}, 1),
        ({"decks": {"a": {"fill": -0.5}}}, 0),
        ({"time": 4e9, "decks": {"a": {"fill": 0.5}}}, 0.5),
    ],
)
async def test_what_cannot_be_is_put_right_and_counted(told: dict[str, Any], shown: float) -> None:
    async with pushed_to(playout=ENGINES) as client:
        assert await sent(client, DOOR, {"engine": "studio-a", **told}) == (200, {"accepted": 1, "ignored": 0})
        page = await scrape(client)
        assert page.get("radio_deck_buffer_fill_ratio", engine="studio-a", deck="a") == shown
        assert page.get("radio_playout_warnings_total", engine="studio-a") == 1
        assert await clamped(client) == 1


async def test_an_old_report_is_acknowledged_and_shows_nothing() -> None:
    async with pushed_to(playout=ENGINES) as client:
        told = {"engine": "studio-a", "time": time.time() - 60, "cpu": 0.5}
        assert await sent(client, DOOR, told) == (200, {"accepted": 0, "ignored": 1})
        assert (await scrape(client)).get("radio_playout_up", engine="studio-a") == 0
        assert await rejections(client) == {("playout", "stale"): 1}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"engine": "studio-a", "cpu": NaN}', 400, "the body is no JSON (byte 30)"),
        (b"[]", 400, "the body must be an object, not a list"),
        (b"{}", 400, "engine is missing"),
        ({"engine": "studio-c"}, 400, "`engine` must be one that pushes, as the configuration has it under `playout`: studio-a"),
        ({"engine": "studio-b"}, 400, "`engine` must be one that pushes, as the configuration has it under `playout`: studio-a"),
        ({"engine": "<script>alert(1)</script>"}, 400, "`engine` must be one that pushes, as the configuration has it under `playout`: studio-a"),
        ({"engine": "studio-a", "decks": {"a": {"fill": "0.5"}}}, 400, "decks[...].fill must be a whole number or a number or null, not a text"),
        ({"engine": "studio-a", "message": "<b>hello</b>"}, 400, "the body holds a key that is not known; there are: engine, time, cpu, memory_bytes, stream_connected, mysql_connected, encoders_active, decoder_latency_seconds, decks, encoders"),
        ({"engine": "studio-a", "decks": {"a": {"fil": 1}}}, 400, "what is under decks holds a key that is not known; there are: fill, seconds, underruns, decoder_latency_seconds"),
        ({"engine": "studio-a", "decks": {"<b>": {}}}, 400, "decks holds a name that is none: use letters, digits, '_', '.' and '-', at most 63"),
        ({"engine": "studio-a", "decks": {f"d{number}": {"fill": 1} for number in range(1000)}}, 400, "decks may hold 16 names at most"),
        ({"engine": "studio-a", "encoders": {f"e{number}": {} for number in range(33)}}, 400, "encoders may hold 32 names at most"),
        ({"engine": "studio-a", "time": "yesterday"}, 400, "time must be ISO 8601 with a zone (2026-03-29T06:00:00+02:00), or Unix time in seconds or milliseconds"),
        (b'{"engine": "studio-a", "cpu": ' + b"9" * 1_000_000 + b"}", 413, "at most 65536 bytes are taken at once"),
        (b'{"engine": "studio-a", "decks": ' + b"[" * 30_000 + b"}", 400, "decks must be an object, not a list"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_one_clear_sentence(body: Any, status: int, said: str) -> None:
    async with pushed_to(playout=ENGINES) as client:
        assert await sent(client, DOOR, body) == (status, {"error": said})
        assert (await scrape(client)).get("radio_playout_up", engine="studio-a") == 0
        assert sum((await rejections(client)).values()) == 1


async def test_unknown_decks_one_by_one_are_bounded_and_counted() -> None:
    async with pushed_to(playout=ENGINES, ingest={"token": "open-sesame", "rate": 10_000}) as client:
        for number in range(40):
            last = await sent(client, DOOR, {"engine": "studio-a", "decks": {f"d{number}": {"fill": 1}}})
        assert last == (200, {"accepted": 0, "ignored": 1})
        page = await scrape(client)
        assert len(page.labels("radio_deck_buffer_fill_ratio")) == 16
        assert page.get("radio_exporter_series_dropped_total", family="deck") == 24


async def test_the_door_is_locked_like_the_others() -> None:
    async with pushed_to(playout=ENGINES) as client:
        assert (await sent(client, DOOR, WHOLE, headers={}))[0] == 401
        assert (await sent(client, DOOR, WHOLE, headers={"Authorization": "Bearer wrong"}))[0] == 401
    async with pushed_to(playout=ENGINES, ingest={}) as client:
        assert (await sent(client, DOOR, WHOLE, headers=TOKEN))[0] == 403


async def test_without_engines_it_says_that_there_are_none() -> None:
    async with pushed_to() as client:
        status, answer = await sent(client, DOOR, WHOLE)
        assert (status, answer["error"].endswith(": none")) == (400, True)
