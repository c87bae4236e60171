"""An exporter with open doors, as the web tests push to it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp.test_utils import TestClient

from tests.running import Samples, config, exporter, scrape

TOKEN = {"Authorization": "Bearer open-sesame"}

Client = TestClient[Any, Any]

_scraped: "WeakKeyDictionary[Client, float]" = WeakKeyDictionary()


@asynccontextmanager
async def pushed_to(*, ready: bool = True, **sections: Any) -> AsyncIterator[Client]:
    """A client of an exporter with these sections, once it can store things. Its token is open-sesame."""
    sections.setdefault("ingest", {"token": "open-sesame"})
    async with exporter(config(**sections)) as client:
        while ready and not await _ready(client):
            await asyncio.sleep(0.02)
        yield client


async def _ready(client: Client) -> bool:
    async with client.get("/-/ready") as reply:
        return reply.status == 200


async def sent(client: Client, path: str, body: Any = b"[]", **options: Any) -> tuple[int, Any]:
    """Status and JSON of the answer to a POST, with the token unless other headers are given."""
    options.setdefault("headers", TOKEN)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with client.post(path, data=io.BytesIO(content), **options) as reply:
        return reply.status, await reply.json() if reply.content_length else None


async def samples(client: Client, name: str) -> Samples:
    """The series of this name."""
    now = asyncio.get_running_loop().time
    # A scrape may be answered with what was rendered a second ago.
    await asyncio.sleep(max(0.0, _scraped.get(client, 0.0) + 1.1 - now()))
    page = await scrape(client)
    _scraped[client] = now()
    return {key: value for key, value in page.samples.items() if key[0] == name}


async def rejections(client: Client) -> dict[tuple[str, str], float]:
    """What was refused, by sender and reason."""
    found = await samples(client, "radio_ingest_rejected_total")
    return {(dict(labels)["sender"], dict(labels)["reason"]): value for (_, labels), value in found.items() if value}
