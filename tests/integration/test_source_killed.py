"""A real source is killed: the log, the API, the WebSocket and Loki say so within one poll, and each of them once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import text

from demo.icecast import icecast
from demo.programme import Feed, Mount
from demo.readiness import says, until
from demo.sources import Source
from exporter.web import keys
from tests.events.lokis import Loki, loki
from tests.running import config, exporter, scrape
from tests.services import need

pytestmark = pytest.mark.integration

LIVE = Feed("/live.mp3", "Live", "Talk", "sine=frequency=440")
INTERVAL = 2.0
ON_THE_WAY = 1.0
"""Seconds for the poll itself, the commit, and what gathers for Loki."""


@dataclass
class Station:
    """A source that can be killed, and everywhere that this is told."""

    source: Source
    client: TestClient[Any, Any]
    loki: Loki
    heard: list[dict[str, Any]]

    async def rows(self) -> list[dict[str, Any]]:
        """The events of streams as the API has them, oldest first."""
        async with self.client.get("/api/v1/events?category=stream") as reply:
            return list(reversed((await reply.json())["rows"]))

    async def stored(self) -> list[str]:
        """The same as the database has them."""
        database = self.client.app[keys.DATABASE]
        query = text("SELECT event FROM event WHERE category = 'stream' ORDER BY id")
        return list(await database.read(lambda connection: connection.scalars(query).all()))


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    need("icecast2", "ffmpeg")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(icecast(tmp_path / "icecast", mounts=[Mount(LIVE.mount)]))
        source = Source(LIVE, server.host, server.port, server.passwords.source, tmp_path / "source.log")
        await source.play()
        stack.push_async_callback(source.stop)
        async with asyncio.timeout(20):  # the exporter is to find it there, not to see it come
            await until(lambda: says(f"{server.url}/status-json.xsl", LIVE.mount))
        receiver = await stack.enter_async_context(loki())
        watched = {
            "name": "main", "url": server.url, "password_file": str(server.admin_password_file),
            "interval": f"{INTERVAL:g}s", "listeners": {"enabled": False},
        }  # fmt: skip
        client = await stack.enter_async_context(exporter(config(icecast=[watched], loki={"url": receiver.url})))
        async with asyncio.timeout(20):
            while (await scrape(client)).get("icecast_mount_up", server="main", mount=LIVE.mount) != 1:
                await asyncio.sleep(0.1)
        socket = await client.ws_connect("/api/v1/events/live?category=stream")
        heard: list[dict[str, Any]] = []

        async def listen() -> None:
            async for message in socket:
                heard.append(json.loads(message.data))  # noqa: PERF401  each as it comes

        listening = asyncio.create_task(listen())
        stack.callback(listening.cancel)
        stack.push_async_callback(socket.close)
        yield Station(source, client, receiver, heard)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["event"] for row in rows]


async def test_a_killed_source_is_told_everywhere_once_within_a_poll(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    assert station.heard == []
    killed = time.time()
    station.source.kill()
    async with asyncio.timeout(20):
        while not (
            "stream_disconnected" in names(station.heard)
            and "stream_disconnected" in names(await station.rows())
            and "stream_disconnected" in [one.metadata["event"] for one in station.loki.taken]
        ):
            await asyncio.sleep(0.05)
    took = time.time() - killed

    await asyncio.sleep(2 * INTERVAL)  # the next polls find nothing new
    await station.source.play()
    async with asyncio.timeout(20):
        while "stream_connected" not in names(station.heard):
            await asyncio.sleep(0.05)
    await asyncio.sleep(ON_THE_WAY)
    expected = ["stream_disconnected", "stream_connected"]
    rows = await station.rows()
    assert names(rows) == names(station.heard) == await station.stored() == expected
    in_loki = [one for one in station.loki.taken if one.labels["category"] == "stream"]
    assert [one.metadata["event"] for one in sorted(in_loki, key=lambda one: one.time)] == expected
    page = await scrape(station.client)
    for level, event in (("error", expected[0]), ("info", expected[1])):
        assert page.get("radio_events_total", level=level, category="stream", event=event) == 1

    row = rows[0]
    assert 0 < datetime.fromisoformat(row["time"]).timestamp() - killed < INTERVAL + ON_THE_WAY
    assert (row["message"], row["source"]) == ("/live.mp3 has lost its source.", "icecast/main")
    assert row["metadata"] == {"server": "main", "mount": "/live.mp3"}
    assert station.heard[0] == row
    (entry,) = [one for one in in_loki if one.metadata["event"] == "stream_disconnected"]
    assert (entry.line, entry.labels) == (
        row["message"],
        {"job": "radio-exporter", "level": "error", "category": "stream"},
    )
    assert {"server": "main", "mount": "/live.mp3", "source": "icecast/main"}.items() <= entry.metadata.items()
    with capsys.disabled():
        print(f"\ntold everywhere {took:.1f} s after the source was killed (a poll every {INTERVAL:g} s)")
