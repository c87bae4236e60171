"""A real Icecast with URL authentication tells the exporter who left, and lets listeners in as it should."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import demo.icecast
from demo.credentials import admin_file, make_passwords
from demo.icecast import icecast
from demo.ports import free_port
from demo.programme import Feed, Mount
from demo.sources import playing
from tests.services import need
from tests.web.doors.pushing import Client, pushed_to, rejections, samples

pytestmark = pytest.mark.integration

FEED = Feed("/live.mp3", "One", "Talk", "sine=frequency=440")
LABELS = frozenset({("server", "main"), ("channel", "/live.mp3")})
AGENT = "VLC/3.0.20 LibVLC/3.0.20"


@pytest.fixture(autouse=True)
def _servers() -> None:
    need("icecast2", "ffmpeg")


def tells(monkeypatch: pytest.MonkeyPatch, client: Client, *actions: str, password: str = "open-sesame") -> None:
    """Have Icecast post these actions to the exporter."""
    plain = demo.icecast.configuration

    def with_url_auth(settings: demo.icecast.Settings) -> str:
        root = ET.fromstring(plain(settings))
        for mount in root.iter("mount"):
            auth = ET.SubElement(mount, "authentication", type="url")
            options = dict.fromkeys(actions, str(client.make_url("/api/v1/icecast/auth?server=main")))
            for name, value in {**options, "username": "radio", "password": password}.items():
                ET.SubElement(auth, "option", name=name, value=value)
        return ET.tostring(root, encoding="unicode")

    monkeypatch.setattr(demo.icecast, "configuration", with_url_auth)


async def listened(port: int, seconds: float) -> bytes:
    """Listen for so long; the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live.mp3?token=s3cret HTTP/1.0\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    first = await reader.readline()
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(65536):
                pass
    except TimeoutError:
        pass
    writer.close()
    return first


@asynccontextmanager
async def station(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *actions: str, password: str = "open-sesame", **sections: Any
) -> AsyncIterator[tuple[Client, int]]:
    """An exporter that polls an Icecast that tells the exporter of these actions; the client and Icecast's port."""
    port = free_port()
    make_passwords(folder)
    server = {
        "name": "main",
        "url": f"http://127.0.0.1:{port}",
        "password_file": str(admin_file(folder)),
        "interval": "1s",
        "listeners": {"interval": "2s"},
    }
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            pushed_to(icecast=[server], ingest={"password": "open-sesame"}, ready=False, **sections)
        )
        tells(monkeypatch, client, *actions, password=password)
        running = await stack.enter_async_context(icecast(folder, port=port, mounts=[Mount("/live.mp3")]))
        source = playing(FEED, running.host, port, running.passwords.source, folder.parent / "source.log")
        await stack.enter_async_context(source)
        yield client, port


async def value(client: Client, name: str) -> float | None:
    return {labels: number for (_, labels), number in (await samples(client, name)).items()}.get(LABELS)


async def known(client: Client) -> None:
    """Wait until the exporter has read the server's start."""
    async with asyncio.timeout(20):
        while not await samples(client, "icecast_mount_up"):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("actions", [("listener_remove",), ("listener_add", "listener_remove")])
async def test_a_session_is_as_long_as_icecast_says_and_counted_once(
    actions: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with station(tmp_path / "icecast", monkeypatch, *actions) as (client, port):
        await known(client)
        assert b"200" in await listened(port, 4)
        async with asyncio.timeout(20):
            while not await samples(client, "radio_sessions_closed_total"):
                await asyncio.sleep(0.05)
        await asyncio.sleep(5)  # two more walks over the lists
        assert await value(client, "radio_sessions_started_total") == 1
        assert await value(client, "radio_listening_seconds_total") == pytest.approx(4, abs=1)
        closed = await samples(client, "radio_sessions_closed_total")
        # It takes a listener from its list a moment before it tells so: a walk just then finds them gone.
        (reason,) = [dict(labels)["reason"] for (_, labels), number in closed.items() if number]
        assert reason in ("left", "gone")
        assert await rejections(client) == {}


async def test_nobody_is_kept_out_because_the_store_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = {"url": "mysql+pymysql://radio:hackme@127.0.0.1:1/radio"}
    async with station(tmp_path / "icecast", monkeypatch, "listener_add", store=store) as (_, port):
        assert b"200" in await listened(port, 1)


async def test_what_the_documentation_warns_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With listener_add a door that is shut keeps every listener out, with listener_remove alone it does not."""
    async with station(tmp_path / "a", monkeypatch, "listener_add", password="wrong") as (client, port):
        assert b"401" in await listened(port, 1)
        assert await rejections(client) == {("icecast_auth", "auth"): 1}
    monkeypatch.undo()
    async with station(tmp_path / "b", monkeypatch, "listener_remove", password="wrong") as (client, port):
        assert b"200" in await listened(port, 1)
