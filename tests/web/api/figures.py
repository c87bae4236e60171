"""A running exporter with listening in its store, for those who ask for figures."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp.test_utils import TestClient

from exporter.audience.facts import Fact, Listener, session_key
from exporter.config.schema import Config
from exporter.reload import Settings
from exporter.web import keys
from tests.reports.listening import Session, fill, hashed
from tests.running import config, exporter, icecast

BERLIN = ZoneInfo("Europe/Berlin")
STATION = {"name": "Radio", "timezone": "Europe/Berlin"}

Client = TestClient[Any, Any]


def at(text: str) -> int:
    """A moment by the clock in Berlin, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


@asynccontextmanager
async def listened(
    sessions: Iterable[Session] = (), *, load: Callable[[], Settings] | None = None, **sections: Any
) -> AsyncIterator[Client]:
    """A client of an exporter whose store holds these sessions."""
    async with exporter(settings(**sections), load) as client:
        async with asyncio.timeout(30):
            await client.app[keys.AUDIENCE].loaded()
        await store(client, list(sessions))
        yield client


def settings(**sections: Any) -> Config:
    """A station in Berlin, whose only server is not there."""
    return config(**{"station": STATION, "icecast": [icecast("http://127.0.0.1:1", interval="1h")]} | sections)


async def store(client: Client, sessions: list[Session]) -> None:
    """Put these sessions there."""
    await database(client).write(lambda connection: fill(connection, sessions))


def database(client: Client) -> Any:
    """The store of the exporter."""
    return client.app[keys.DATABASE]


async def begin(client: Client, who: str, channel: str = "/live", country: str = "DE", city: str = "") -> None:
    """Somebody begins to listen now."""
    now = time.time_ns() // 1_000_000
    listener = Listener("main", channel, "icecast", hashed(who), hashed(f"address {who}"), country, city, player="VLC")
    key = session_key("test", "main", 0, f"{who} {channel}")
    await client.app[keys.AUDIENCE].tell([Fact("icecast", "started", key, now, started=now, listener=listener)])


async def get(client: Client, path: str, status: int = 200, **headers: str) -> Any:
    """The JSON of an answer."""
    async with client.get(path, headers=headers) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json()
