"""Plays that pages and players report, and the redirect that counts them."""

import asyncio
from typing import Any

import pytest

from exporter.web.doors.door import DOORS
from tests.web.doors.pushing import TOKEN, Client, pushed_to, rejections, samples, sent

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
PAGE = {**FIREFOX, "Origin": "https://example.org"}
STREAM = "http://127.0.0.1:8000/jazz.mp3?from=site"
OPEN: dict[str, Any] = {
    "listens": {"sources": {"jazz": STREAM, "pop": STREAM}, "allow_origins": ["https://example.org"], "rate": 100}
}


async def plays(client: Client) -> dict[str, float]:
    """The plays by source, once those that are stored in the background are."""
    await asyncio.sleep(0.3)
    found = await samples(client, "radio_listens_total")
    return {dict(labels)["source"]: value for (_, labels), value in found.items()}


async def counted(client: Client, wanted: dict[str, float]) -> bool:
    """Whether so many plays have been counted, soon."""
    for _ in range(5):
        if await plays(client) == wanted:
            return True
    return False


async def got(client: Client, path: str, method: str = "GET", **headers: str) -> tuple[int, str | None]:
    async with client.request(method, path, headers={**FIREFOX, **headers}, allow_redirects=False) as reply:
        return reply.status, reply.headers.get("Location")


async def test_the_redirect_counts_the_play_and_sends_the_browser_on() -> None:
    async with pushed_to(**OPEN) as client:
        async with client.get("/listen/jazz", headers=FIREFOX, allow_redirects=False) as reply:
            assert (reply.status, reply.headers["Location"], reply.headers["Cache-Control"]) == (
                302,
                STREAM,
                "no-store",
            )
        assert await counted(client, {"jazz": 1})


async def test_one_play_is_counted_once() -> None:
    async with pushed_to(**OPEN) as client:
        for headers in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=65536-"}):
            assert await got(client, "/listen/jazz", **headers) == (302, STREAM)
        assert await got(client, "/listen/jazz", "HEAD") == (302, STREAM)
        assert await got(client, "/listen/pop", "HEAD") == (302, STREAM)
        assert await got(client, "/listen/jazz", **{"User-Agent": "VLC/3.0.20 LibVLC/3.0.20"}) == (302, STREAM)
        assert await counted(client, {"jazz": 2})


async def test_bots_are_sent_on_and_not_counted() -> None:
    async with pushed_to(**OPEN) as client:
        bot = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
        assert await got(client, "/listen/jazz", **bot) == (302, STREAM)
        assert await sent(client, "/api/v1/listens", {"source": "jazz"}, headers={**PAGE, **bot}) == (204, None)
        assert await plays(client) == {}


async def test_listeners_get_their_music_while_the_store_is_down() -> None:
    async with pushed_to(
        **OPEN, store={"url": "mysql+pymysql://radio:hackme@127.0.0.1:1/radio"}, ready=False
    ) as client:
        assert await got(client, "/listen/jazz") == (302, STREAM)


async def test_only_configured_sources() -> None:
    async with pushed_to(**OPEN) as client:
        for path in ("/listen/rock", "/listen/", "/listen/jazz/", "/listen/http:%2F%2Fevil.example"):
            assert (await got(client, path))[0] == 404
    async with pushed_to() as client:
        assert (await got(client, "/listen/jazz"))[0] == 404
        assert (await sent(client, "/api/v1/listens", {"source": "jazz"}, headers=PAGE))[0] == 403
        status, answer = await sent(client, "/api/v1/listens", {"source": "jazz"})
        assert (status, answer["error"]) == (
            403, "this door is shut: name the streams under `listens.sources` in the configuration",
        )  # fmt: skip


async def test_too_many_plays_from_one_address() -> None:
    limited = {"listens": {**OPEN["listens"], "rate": 2}}
    async with pushed_to(**limited) as client:
        client.app[DOORS].listen_rate._clock = lambda: 1000.0
        assert [(await got(client, "/listen/jazz"))[0] for _ in range(3)] == [302, 302, 429]
        assert (await sent(client, "/api/v1/listens", {"source": "jazz"}, headers=PAGE))[0] == 429
        assert await rejections(client) == {("listens", "rate"): 2}


async def test_listeners_behind_a_trusted_proxy_are_told_apart() -> None:
    async with pushed_to(**OPEN, web={"trusted_proxies": ["127.0.0.1"]}) as client:
        for last in range(3):
            assert await got(client, "/listen/jazz", **{"X-Forwarded-For": f"192.0.2.{last}"}) == (302, STREAM)
        assert await counted(client, {"jazz": 3})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"source":"jazz","duration":12}', "application/json"),
        (b'{"source":"jazz"}', "text/plain;charset=UTF-8"),  # sendBeacon with a text
        (b"source=jazz&duration=5", "application/x-www-form-urlencoded;charset=UTF-8"),  # with URLSearchParams
    ],
)
async def test_a_page_reports_a_play(body: bytes, content_type: str) -> None:
    async with pushed_to(**OPEN) as client:
        headers = {**PAGE, "Content-Type": content_type, "Referer": "https://example.org/player?secret=1"}
        async with client.post("/api/v1/listens", data=body, headers=headers) as reply:
            assert reply.status == 204
            assert reply.headers["Access-Control-Allow-Origin"] == "https://example.org"
            assert reply.headers["Access-Control-Allow-Credentials"] == "true"
            assert "Origin" in reply.headers["Vary"]
        assert await counted(client, {"jazz": 1})


async def test_what_a_browser_asks_first() -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    async with pushed_to(**OPEN) as client:
        async with client.options("/api/v1/listens", headers=asked) as reply:
            assert reply.status == 204
            assert reply.headers["Access-Control-Allow-Origin"] == "https://example.org"
            assert reply.headers["Access-Control-Allow-Methods"] == "POST"
            assert reply.headers["Access-Control-Allow-Headers"] == "Content-Type"
        async with client.options("/api/v1/listens", headers={**asked, "Origin": "https://evil.example"}) as reply:
            assert reply.status == 403
            assert "Access-Control-Allow-Origin" not in reply.headers


async def test_pages_of_other_origins_may_not() -> None:
    opened = {**OPEN, "ingest": {"token": "open-sesame", "allow_networks": ["127.0.0.0/8"]}}
    async with pushed_to(**opened) as client:
        for origin in ("https://evil.example", "null", "http://example.org", "https://example.org.evil.example", ""):
            async with client.post(
                "/api/v1/listens", json={"source": "jazz"}, headers={**FIREFOX, "Origin": origin}
            ) as reply:
                assert reply.status == 403
                assert "Access-Control-Allow-Origin" not in reply.headers
        assert await plays(client) == {}


async def test_any_origin_if_the_operator_says_so() -> None:
    async with pushed_to(listens={**OPEN["listens"], "allow_origins": ["*"]}) as client:
        headers = {**FIREFOX, "Origin": "https://anywhere.example"}
        async with client.post("/api/v1/listens", json={"source": "jazz"}, headers=headers) as reply:
            assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (204, "https://anywhere.example")


async def test_programs_show_what_senders_show() -> None:
    async with pushed_to(**OPEN) as client:
        said = {"source": "jazz"}
        assert (await sent(client, "/api/v1/listens", said, headers=FIREFOX))[0] == 401
        assert (await sent(client, "/api/v1/listens", said, headers={**PAGE, "Authorization": "Bearer x"}))[0] == 401
        assert (await sent(client, "/api/v1/listens", said, headers={**FIREFOX, **TOKEN}))[0] == 204


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{}", 400, "source is missing"),
        (b'{"source":"rock"}', 400, "`source` must be a name under `listens.sources` in the configuration"),
        (b" " * 5000, 413, "at most 4096 bytes are taken at once"),
        (b'{"a":' * 800, 400, "the body is no JSON"),
    ],
)
async def test_what_is_no_play(body: bytes, status: int, said: str) -> None:
    async with pushed_to(**OPEN) as client:
        assert await sent(client, "/api/v1/listens", body, headers=PAGE) == (status, {"error": said})


async def test_the_row_of_a_play_names_nobody(tmp_path: Any) -> None:
    async with pushed_to(**OPEN, state_dir=str(tmp_path)) as client:
        headers = {**PAGE, "Referer": "https://example.org/player?secret=1"}
        assert (await sent(client, "/api/v1/listens", {"source": "jazz", "duration": -5}, headers=headers))[0] == 204
        await asyncio.sleep(0)
        assert await samples(client, "radio_ingest_clamped_total") == {
            ("radio_ingest_clamped_total", frozenset({("sender", "listens")})): 1
        }
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("radio.db*"))
    assert b"example.org" in kept
    assert b"secret" not in kept
    assert b"127.0.0.1" not in kept
