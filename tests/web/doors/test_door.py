"""Who may push, how much, how often; and that every refusal says what to do, is counted, and names nobody."""

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from exporter.reload import Settings
from exporter.web.doors import bodies
from exporter.web.doors.door import DOORS
from exporter.web.doors.refusal import Refusal
from tests.running import config, exporter
from tests.web.doors.pushing import TOKEN, pushed_to, rejections, sent

PATHS = ("/api/webhook", "/api/v1/icecast/auth", "/api/v1/listens")
WRONG = "what was shown as `Authorization` is not the token or password of `ingest`"
SOURCES = {"jazz": "http://127.0.0.1:8000/jazz.mp3"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


@pytest.mark.parametrize("path", PATHS)
async def test_doors_are_shut_until_they_are_opened(path: str) -> None:
    server = [{"name": "main", "url": "http://127.0.0.1:1"}]
    async with pushed_to(icecast=server, ingest={}, listens={"sources": SOURCES}) as client:
        for headers in ({}, TOKEN, basic("radio", "hackme")):
            status, answer = await sent(client, path, headers=headers)
            assert status == 403
            assert answer["error"].startswith("this door is shut: give `ingest.token_file`")


@pytest.mark.parametrize("path", PATHS)
async def test_with_token_or_password(path: str) -> None:
    ingest = {"token": "open-sesame", "username": "flussonic", "password": "hack:me ü"}
    async with pushed_to(ingest=ingest, listens={"sources": SOURCES}) as client:
        for right in (TOKEN, {"Authorization": "bearer  open-sesame "}, basic("flussonic", "hack:me ü")):
            assert (await sent(client, path, b"?", headers=right))[0] == 400
        for wrong in (
            {"Authorization": "Bearer open-sesam"},
            {"Authorization": "Bearer "},
            {"Authorization": "Basic open-sesame"},
            {"Authorization": "Basic !"},
            {"Authorization": "open-sesame"},
            {"Authorization": ""},
            basic("flussonic", "open-sesame"),
            basic("radio", "hack:me ü"),
            basic("", ""),
        ):
            assert await sent(client, path, b"?", headers=wrong) == (401, {"error": WRONG})
        async with client.post(path) as reply:
            assert reply.status == 401
            assert reply.headers["WWW-Authenticate"].startswith("Basic ")
            assert "show the token" in (await reply.json())["error"]


async def test_flussonics_url_with_user_and_password() -> None:
    async with pushed_to(ingest={"password": "hackme"}) as client, aiohttp.ClientSession() as session:
        url = str(client.make_url("/api/webhook")).replace("http://", "http://radio:hackme@")
        async with session.post(url, data=b"[]") as reply:
            assert (reply.status, await reply.json()) == (200, {"accepted": 0, "ignored": 0})


@pytest.mark.parametrize("path", PATHS)
async def test_from_an_allowed_network_nothing_needs_to_be_shown_and_nothing_wrong_may_be(path: str) -> None:
    ingest = {"allow_networks": ["127.0.0.0/8"]}
    async with pushed_to(ingest=ingest, listens={"sources": SOURCES}) as client:
        assert (await sent(client, path, b"?", headers={}))[0] == 400
        assert await sent(client, path, b"?", headers=TOKEN) == (401, {"error": WRONG})


async def test_from_elsewhere() -> None:
    async with pushed_to(ingest={"allow_networks": ["192.0.2.0/24"]}) as client:
        status, answer = await sent(client, "/api/webhook", headers={})
        assert status == 403
        assert answer["error"].endswith("`ingest.allow_networks`, and no token or password is configured")
        assert "127.0.0.1" not in answer["error"]


async def test_a_page_in_a_browser_does_not_come_from_the_network_it_runs_in() -> None:
    async with pushed_to(ingest={"allow_networks": ["127.0.0.0/8"]}) as client:
        assert (await sent(client, "/api/webhook", headers={"Origin": "https://evil.example"}))[0] == 403


PROXIED: list[tuple[dict[str, Any], dict[str, str], int]] = [
    ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-For": "192.0.2.7"}, 200),
    ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-For": "203.0.113.1, 192.0.2.7"}, 200),
    ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-For": "192.0.2.7, 203.0.113.1"}, 403),
    ({"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]}, {"X-Forwarded-For": "192.0.2.7:4711, 10.1.1.1"}, 200),
    ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-For": "192.0.2.7, unknown"}, 403),
    ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-For": "::ffff:192.0.2.7"}, 200),
    ({}, {"X-Forwarded-For": "192.0.2.7"}, 403),
]


@pytest.mark.parametrize(("web_section", "headers", "status"), PROXIED)
async def test_behind_proxies(web_section: dict[str, Any], headers: dict[str, str], status: int) -> None:
    async with pushed_to(web=web_section, ingest={"allow_networks": ["192.0.2.0/24"]}) as client:
        assert (await sent(client, "/api/webhook", headers=headers))[0] == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_what_an_unknown_proxy_passes_on_may_come_from_anywhere(header: str) -> None:
    async with pushed_to(ingest={"allow_networks": ["127.0.0.0/8"]}) as client:
        status, answer = await sent(client, "/api/webhook", headers={header: "203.0.113.7"})
        assert status == 403
        assert answer["error"].startswith("the request came through a proxy that `web.trusted_proxies` does not name")
        assert "203.0.113" not in answer["error"]


async def test_refusals_are_counted_by_sender_and_reason() -> None:
    mapping = {"name": "wowza", "events": {"started": ["play"]}}
    async with pushed_to(ingest={"token": "open-sesame", "max_body": "1KiB", "mappings": [mapping]}) as client:
        await sent(client, "/api/webhook", headers={})
        await sent(client, "/api/webhook?mapping=wowza", headers={})
        await sent(client, "/api/webhook?mapping=nobody", headers={})
        await sent(client, "/api/v1/icecast/auth", headers={})
        await sent(client, "/api/v1/listens", headers={})
        await sent(client, "/api/webhook", b" " * 1025)
        await sent(client, "/api/webhook", b"?")
        await sent(client, "/api/webhook", b"7")
        assert await rejections(client) == {
            ("flussonic", "auth"): 1,
            ("wowza", "auth"): 1,
            ("unknown", "auth"): 1,
            ("icecast_auth", "auth"): 1,
            ("listens", "auth"): 1,
            ("flussonic", "too_large"): 1,
            ("flussonic", "json"): 1,
            ("flussonic", "type"): 1,
        }


async def test_a_body_of_ten_megabytes() -> None:
    async with pushed_to() as client:
        assert await sent(client, "/api/webhook", b" " * 10_000_000) == (
            413, {"error": "at most 8388608 bytes are taken at once"},
        )  # fmt: skip


async def test_a_body_of_ten_megabytes_whose_length_is_not_told() -> None:
    async def pieces() -> Any:
        for _ in range(160):
            yield b" " * 65536

    async with pushed_to() as client, client.post("/api/webhook", data=pieces(), headers=TOKEN) as reply:
        assert reply.status == 413


async def test_a_body_just_small_enough() -> None:
    async with pushed_to() as client:
        body = b"[" + b" " * (8 * 2**20 - 2) + b"]"
        assert await sent(client, "/api/webhook", body) == (200, {"accepted": 0, "ignored": 0})


async def test_packed_bodies() -> None:
    events = json.dumps([{"event": "play_opened"}] * 1000).encode()
    async with pushed_to() as client:
        for coding, packed in (("gzip", gzip.compress(events)), ("deflate", zlib.compress(events))):
            headers = {**TOKEN, "Content-Encoding": coding}
            assert await sent(client, "/api/webhook", packed, headers=headers) == (
                200,
                {"accepted": 0, "ignored": 1000},
            )
        headers = {**TOKEN, "Content-Encoding": "gzip"}
        for broken in (b"no gzip at all", gzip.compress(events)[:-20]):
            assert (await sent(client, "/api/webhook", broken, headers=headers))[0] == 400
        headers = {**TOKEN, "Content-Encoding": "compress"}
        assert (await sent(client, "/api/webhook", events, headers=headers))[0] == 415


async def test_a_zip_bomb_is_found_out_while_it_is_small() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(bytes(2**24)) for _ in range(24)), packer.flush()])  # 400 MB in 400 kB
    async with pushed_to() as client:
        tracemalloc.start()
        try:
            headers = {**TOKEN, "Content-Encoding": "gzip"}
            started = asyncio.get_running_loop().time()
            assert (await sent(client, "/api/webhook", bomb, headers=headers))[0] == 413
            assert asyncio.get_running_loop().time() - started < 2
            assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
        finally:
            tracemalloc.stop()


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        try:
            return web.Response(body=await bodies.read(request, 100, within=0.2))
        except Refusal as refusal:
            return await refusal.answer(request)

    app = web.Application()
    app.router.add_post("/", slow)

    async def trickle() -> Any:
        for _ in range(20):
            yield b" "
            await asyncio.sleep(0.05)

    async with TestClient(TestServer(app)) as client, client.post("/", data=trickle()) as reply:
        assert reply.status == 408
        assert await reply.json() == {"error": "the body was not complete within 0.2 s"}


async def test_who_pushes_too_often_is_asked_to_wait() -> None:
    async with pushed_to(ingest={"token": "open-sesame", "rate": 3}) as client:
        now = [1000.0]
        client.app[DOORS].rate._clock = lambda: now[0]
        statuses = [(await sent(client, "/api/webhook"))[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        async with client.post("/api/webhook", headers=TOKEN) as reply:
            assert reply.headers["Retry-After"] == "1"
        guesses = [(await sent(client, "/api/webhook", headers={"Authorization": "Bearer x"}))[0] for _ in range(5)]
        assert guesses == [401, 401, 401, 429, 429]
        now[0] += 1
        assert (await sent(client, "/api/webhook"))[0] == 200


async def test_each_address_has_a_rate_of_its_own() -> None:
    setup = {"web": {"trusted_proxies": ["127.0.0.1"]}, "ingest": {"token": "open-sesame", "rate": 1}}
    async with pushed_to(**setup) as client:
        for last in range(5):
            headers = {**TOKEN, "X-Forwarded-For": f"192.0.2.{last}"}
            assert (await sent(client, "/api/webhook", headers=headers))[0] == 200


async def test_a_store_that_fails_makes_senders_keep_what_they_have() -> None:
    store = {"url": "mysql+pymysql://radio:hackme@127.0.0.1:1/radio"}
    async with pushed_to(store=store, ready=False, listens={"sources": SOURCES}) as client:
        event = {
            "event": "play_started",
            "id": "1",
            "media": "jazz",
            "server": "edge",
            "started_at": time.time_ns() // 1_000_000,
        }
        form = b"action=listener_remove&client=1&mount=/jazz&duration=5&ip=203.0.113.7"
        for path, body in (
            ("/api/webhook", [event]),
            ("/api/v1/icecast/auth?server=main", form),
            ("/api/v1/listens", {"source": "jazz"}),
        ):
            status, answer = await sent(client, path, body, headers={**TOKEN, "User-Agent": "VLC/3.0.20"})
            assert (status, answer["error"]) == (
                503,
                "the exporter cannot store anything at the moment; /-/ready says why",
            )
        async with client.post("/api/webhook", json=[event], headers=TOKEN) as reply:
            assert reply.headers["Retry-After"] == "5"
        assert (await rejections(client))["flussonic", "store"] == 2


async def test_a_reload_changes_the_locks() -> None:
    sections: dict[str, Any] = {"ingest": {"token": "open-sesame", "rate": 1}}
    async with exporter(config(**sections), lambda: Settings(config(**sections))) as client:
        assert [(await sent(client, "/api/webhook"))[0] for _ in range(2)] == [200, 429]
        sections["ingest"] = {"token": "another"}
        async with client.post("/-/reload") as reply:
            assert reply.status == 200
        assert (await sent(client, "/api/webhook"))[0] == 401
        assert (await sent(client, "/api/webhook", headers={"Authorization": "Bearer another"}))[0] == 200
