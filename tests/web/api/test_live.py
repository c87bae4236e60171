"""The figures of the moment over a WebSocket."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exporter.web import keys
from exporter.web.api import live, sockets
from tests.web.api.figures import Client, begin, listened

PATH = "/api/v1/stats/live"


@asynccontextmanager
async def connected(client: Client, **how: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with client.ws_connect(PATH, **how) as socket:
        yield socket


async def said(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    return dict(await socket.receive_json(timeout=5))


async def refused(client: Client, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        async with client.ws_connect(PATH, headers=headers):
            pass
    return error.value.status


async def test_figures_at_once_and_when_they_change() -> None:
    async with listened() as client, connected(client) as one:
        first = await said(one)
        assert (first["sessions"], [row["channel"] for row in first["last_hour"]]) == (0, [None])
        with pytest.raises(asyncio.TimeoutError):
            await one.receive_json(timeout=1.5)  # nothing has changed
        await begin(client, "anna", city="Ulm")
        changed = await said(one)
        assert (changed["sessions"], changed["active"]["channel"][0]["channel"]) == (1, "/live")
        assert "city" not in changed["active"]
        async with connected(client) as two:
            assert await said(two) == changed


async def test_at_most_once_a_second() -> None:
    async with listened() as client, connected(client) as socket:
        await said(socket)
        began = asyncio.get_running_loop().time()
        for number in range(20):
            await begin(client, str(number))
            await asyncio.sleep(0.1)
        found = []
        while not found or found[-1]["sessions"] < 20:
            found.append(await said(socket))
        assert len(found) <= asyncio.get_running_loop().time() - began + 2


async def test_whose_pages_may_ask() -> None:
    async with listened(listens={"allow_origins": ["https://example.org"], "sources": {}}) as client:
        here = f"{client.host}:{client.port}"
        for origin in ("https://example.org", f"http://{here}", f"https://{here}"):
            async with connected(client, headers={"Origin": origin}) as socket:
                await said(socket)
        for origin in (
            "https://example.com",
            "null",
            "",
            f"http://{here}.example.com",
            "http://[",
            f"http://{client.host}:1",
        ):
            assert await refused(client, Origin=origin) == 403


async def test_the_read_token_is_in_a_header() -> None:
    async with listened(api={"token": "a-token-to-read-with"}) as client:
        assert await refused(client) == 401
        async with connected(client, headers={"Authorization": "Bearer a-token-to-read-with"}) as socket:
            await said(socket)


async def test_what_is_no_web_socket() -> None:
    async with listened() as client, client.get(PATH) as reply:
        assert (reply.status, reply.headers["Upgrade"]) == (426, "websocket")


async def test_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST_CLIENTS", 2)
    async with listened() as client:
        async with connected(client) as one, connected(client) as two:
            await asyncio.gather(said(one), said(two))
            assert await refused(client) == 503
        async with connected(client) as three:
            await said(three)


async def test_who_talks_is_not_listened_to_and_who_talks_much_is_shown_out() -> None:
    async with listened() as client:
        async with connected(client) as socket:
            await socket.send_str("hello")
            await socket.send_bytes(b"\xff")
            assert (await said(socket))["sessions"] == 0
            for _ in range(70):
                await socket.send_str("hello")
            while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
                pass
            assert socket.close_code == 1008
        async with connected(client) as socket:
            await socket.send_str(2000 * "x")
            while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
                pass
            assert (message.type, socket.close_code) == (WSMsgType.CLOSE, 1009)


async def test_it_says_goodbye_when_the_exporter_stops() -> None:
    async with listened() as client, connected(client) as socket:
        await said(socket)
        stopping = asyncio.create_task(client.app.shutdown())
        message = await socket.receive(timeout=5)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        await asyncio.wait_for(stopping, 3)


async def test_one_that_takes_nothing_is_dropped_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listened() as client:
        figures = client.app[live.LIVE]
        monkeypatch.setattr(figures, "_every", 0.01)
        monkeypatch.setattr(figures.sockets, "_taken_within", 0.2)
        numbers = iter(range(10**9))
        monkeypatch.setattr(
            client.app[keys.AUDIENCE],
            "active",
            lambda: {"server": [{"server": 100_000 * "x", "sessions": next(numbers)}]},
        )
        reader, writer = await asyncio.open_connection(client.host, client.port, limit=1024)
        key = base64.b64encode(16 * b"x").decode()
        writer.write(
            f"GET {PATH} HTTP/1.1\r\nHost: radio\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert b" 101 " in await reader.readuntil(b"\r\n")
        async with connected(client) as brisk:
            for _ in range(500):
                await said(brisk)
                if len(figures.sockets) == 1:
                    break
            assert len(figures.sockets) == 1
            assert (await said(brisk))["sessions"] > 0
        writer.transport.abort()


async def test_a_bug_ends_the_connections_and_the_next_one_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with listened() as client:
        audience, whole = client.app[keys.AUDIENCE], client.app[keys.AUDIENCE].active
        async with connected(client) as socket:
            await said(socket)
            monkeypatch.setattr(audience, "active", lambda: 1 / 0)
            message = await socket.receive(timeout=5)
            assert (message.type, message.data) == (WSMsgType.CLOSE, 1011)
        assert "a bug of the exporter" in caplog.text
        monkeypatch.setattr(audience, "active", whole)
        async with connected(client) as socket:
            assert json.dumps(await said(socket))
