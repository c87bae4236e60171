"""The event log over HTTP and over a WebSocket."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from exporter.event import Event
from exporter.store import event_find
from exporter.store.database import Database, database_url
from exporter.store.event_find import Wanted
from exporter.web import keys
from exporter.web.api import events as api
from exporter.web.api import sockets
from tests.events.happenings import event
from tests.web.api.figures import Client, get, listened

PATH = "/api/v1/events"
LIVE = f"{PATH}/live"


def now() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def happened(events: Iterable[Event] = (), **sections: Any) -> AsyncIterator[Client]:
    """A client of an exporter with these in its log."""
    async with listened(**sections) as client:
        log = client.app[keys.EVENTS]
        told = list(events)
        for start in range(0, len(told), 500):
            await log.take(some := told[start : start + 500], [False] * len(some))
        yield client


async def messages(client: Client, query: str = "") -> list[str]:
    """What a search finds, without what the exporter sees itself meanwhile."""
    return [row["message"] for row in (await get(client, f"{PATH}?{query}"))["rows"] if row["event"] == "track_played"]


async def test_a_page() -> None:
    at = now() - 60_000
    whole = event(at, level="error", message="<b>ü</b>", deck="A", song_id=2**52, encoder_id="mp3", metadata={"a": 1.5})
    async with happened([whole]) as client:
        found = await get(client, f"{PATH}?level=error&category=audio")
    assert found["timezone"] == "Europe/Berlin"
    (row,) = found["rows"]
    assert row == {
        "id": at * 1024, "time": row["time"], "level": "error", "category": "audio", "event": "track_played",
        "message": "<b>ü</b>", "source": "icecast/main", "deck": "A", "song_id": 2**52, "encoder_id": "mp3",
        "metadata": {"a": 1.5},
    }  # fmt: skip
    assert datetime.fromisoformat(row["time"]).timestamp() == pytest.approx(at / 1000)
    assert row["time"].endswith(("+01:00", "+02:00"))


async def test_what_is_asked_for_is_what_comes() -> None:
    at = now() - 3_600_000
    kinds = [("info", "audio"), ("error", "audio"), ("error", "stream"), ("warning", "system")]
    told = [
        event(at + number, level=level, category=category, message=f"{level} of the {category} {number}")
        for number, (level, category) in enumerate(kinds)
    ]  # fmt: skip
    async with happened(told) as client:
        everything = [one.message for one in reversed(told)]
        assert await messages(client) == everything
        assert await messages(client, "level=error,warning") == everything[:3]
        assert await messages(client, "category=audio") == everything[2:]
        assert await messages(client, "level=error&category=audio,system") == [told[1].message]
        assert await messages(client, "q=STREAM") == [told[2].message]
        assert await messages(client, "q=str*") == [told[2].message]
        assert await messages(client, "q=str") == []
        assert await messages(client, "q=the%20error") == [told[2].message, told[1].message]
        assert await messages(client, "q=%22%3B--'%00") == []
        assert await messages(client, f"from={(at + 1) / 1000}&to={(at + 3) / 1000}") == everything[1:3]


async def test_pages_lead_to_the_next_and_hold_each_event_once() -> None:
    at = now() - 60_000
    async with happened(event(at + number, message=str(number)) for number in range(250)) as client:
        found, path = list[str](), f"{PATH}?category=audio&limit=100"
        for _ in range(9):
            page = await get(client, path)
            found += [row["message"] for row in page["rows"]]
            await client.app[keys.EVENTS].take([event(now(), message="meanwhile")], [False])
            if not (path := page["next"]):
                break
    assert found == [str(number) for number in range(249, -1, -1)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("level=bad", "`level` holds an unknown word; allowed: debug, info, warning, error, critical"),
        ("level=", "`level` holds an unknown word"),
        ("level=error,,info", "`level` holds an unknown word"),
        ("category=weather", "allowed: audio, stream, scheduler, gateway, scripting, database, system"),
        ("q=" + "x" * 201, "`q` is too long; allowed: 200 characters"),
        ("limit=0", "`limit` is a number out of range; allowed: 1 to 1000"),
        ("offset=10001", "`offset` is a number out of range; allowed: 0 to 10000"),
        ("from=yesterday", "`from` is a text of another kind"),
        ("text=x", "`text` is no parameter here; allowed: `level`, `category`, `q`"),
    ],
)
async def test_what_cannot_be_asked(query: str, said: str) -> None:
    async with listened() as client:
        assert said in (await get(client, f"{PATH}?{query}", 400))["error"]


async def test_what_the_exporter_says_of_itself(tmp_path: Path) -> None:
    async with happened(state_dir=str(tmp_path)) as client:
        async with asyncio.timeout(30):
            while not (rows := (await get(client, f"{PATH}?q=exporter&category=system"))["rows"]):
                await asyncio.sleep(0.02)
        assert [row["event"] for row in rows] == ["exporter_started"]
        async with client.post("/-/reload") as reply:
            assert reply.status == 200
        async with asyncio.timeout(30):
            while len(rows := (await get(client, f"{PATH}?category=system"))["rows"]) < 2:
                await asyncio.sleep(0.02)
        assert [row["event"] for row in rows] == ["config_reloaded", "exporter_started"]
    database = Database(database_url(None, tmp_path))
    (newest, *_) = database.read_now(lambda c: event_find.find(c, Wanted(0, now() + 1000), 9))
    database.close_now()
    assert newest.event.event == "exporter_stopped"


async def said(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    while True:
        row = dict(await socket.receive_json(timeout=5))
        if row["event"] == "track_played":
            return row


async def test_live_as_it_happens_and_what_is_asked_for() -> None:
    async with happened([event(now(), message="before")]) as client:
        log = client.app[keys.EVENTS]
        async with (
            client.ws_connect(f"{LIVE}?category=audio,gateway") as every,
            client.ws_connect(f"{LIVE}?level=error,critical&category=gateway") as some,
        ):
            log.tell(event(now(), message="told"))
            await log.take([event(now(), level="error", category="gateway", message="pushed")], [False])
            assert [(await said(every))["message"] for _ in range(2)] in (["told", "pushed"], ["pushed", "told"])
            row = await said(some)
            assert row["message"] == "pushed"
            (same,) = (await get(client, f"{PATH}?level=error&category=gateway"))["rows"]
            assert row == same
            with pytest.raises(asyncio.TimeoutError):
                await some.receive_json(timeout=0.2)
        async with asyncio.timeout(30):
            while client.app[api.LIVE].listeners:
                await asyncio.sleep(0.01)


async def test_who_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listened(listens={"allow_origins": ["https://example.org"], "sources": {}}) as client:
        for origin, status in (("https://example.com", 403), ("null", 403), ("https://example.org", 101)):
            if status == 101:
                async with client.ws_connect(LIVE, headers={"Origin": origin}):
                    continue
            with pytest.raises(aiohttp.WSServerHandshakeError) as error:
                async with client.ws_connect(LIVE, headers={"Origin": origin}):
                    pass
            assert error.value.status == status
        assert "unknown word" in (await get(client, f"{LIVE}?level=x", 400))["error"]
        monkeypatch.setattr(sockets, "MOST_CLIENTS", 1)
        async with client.ws_connect(LIVE):
            assert (await get(client, LIVE, 426))["error"].startswith("this is a WebSocket")
            with pytest.raises(aiohttp.WSServerHandshakeError) as error:
                async with client.ws_connect(LIVE):
                    pass
            assert error.value.status == 503


async def test_one_that_takes_nothing_is_dropped_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_WAITING", 100)
    async with happened() as client:
        all_sockets = client.app[api.LIVE].sockets
        monkeypatch.setattr(all_sockets, "_taken_within", 0.2)
        log = client.app[keys.EVENTS]
        reader, writer = await asyncio.open_connection(client.host, client.port, limit=1024)
        key = base64.b64encode(16 * b"x").decode()
        writer.write(
            f"GET {LIVE} HTTP/1.1\r\nHost: radio\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert b" 101 " in await reader.readuntil(b"\r\n")
        async with client.ws_connect(LIVE) as brisk:
            got = 0
            for number in range(400):
                more = {str(n): "y" * 250 for n in range(9)}
                await log.take([event(now(), message=f"{number} {'x' * 990}", metadata=more)] * 20, [False] * 20)
                for _ in range(20):
                    await said(brisk)
                    got += 1
                if len(all_sockets) == 1:
                    break
            assert len(all_sockets) == 1
            log.tell(event(now(), message="and on"))
            assert (await said(brisk))["message"] == "and on"
        writer.transport.abort()


async def test_it_says_goodbye_when_the_exporter_stops() -> None:
    async with listened() as client, client.ws_connect(LIVE) as socket:
        stopping = asyncio.create_task(client.app.shutdown())
        while (message := await socket.receive(timeout=5)).type is WSMsgType.TEXT:
            assert json.loads(message.data)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        await asyncio.wait_for(stopping, 3)
