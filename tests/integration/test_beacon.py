"""A real browser reports plays with `navigator.sendBeacon` from a page of another origin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from demo.process import find_program
from tests.services import need
from tests.web.doors.pushing import pushed_to, samples

pytestmark = pytest.mark.integration

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"  # a headless browser is a bot

PAGE = """<!doctype html><title>player</title><script>
const door = "DOOR";
navigator.sendBeacon(door, JSON.stringify({source: "text"}));
navigator.sendBeacon(door, new Blob([JSON.stringify({source: "blob", duration: 5})], {type: "application/json"}));
navigator.sendBeacon(door, new URLSearchParams({source: "form"}));
fetch(door, {method: "POST", body: JSON.stringify({source: "fetch"}), keepalive: true})
  .then((answer) => document.title = "told " + answer.status);
</script>"""


@asynccontextmanager
async def page(text: str) -> AsyncIterator[str]:
    """Serve a page on an origin of its own."""

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def browse(address: str, folder: Path) -> str:
    """The page as it stands after its scripts have run."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]
    process = await asyncio.create_subprocess_exec(
        find_program("chromium"),
        *options,
        f"--user-agent={FIREFOX}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        address,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return out.decode()


async def test_a_beacon_is_a_play(tmp_path: Path) -> None:
    need("chromium")
    sources = dict.fromkeys(("text", "blob", "form", "fetch"), "http://127.0.0.1:8000/live.mp3")
    # The page has to know the door's address, and the door the page's origin, which is known only when both are open.
    async with pushed_to(listens={"sources": sources, "allow_origins": ["*"]}) as client:
        async with page(PAGE.replace("DOOR", str(client.make_url("/api/v1/listens")))) as address:
            assert "<title>told 204</title>" in await browse(address, tmp_path)
        found = await samples(client, "radio_listens_total")
        assert {dict(labels)["source"]: value for (_, labels), value in found.items()} == dict.fromkeys(sources, 1)
