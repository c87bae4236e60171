"""A real Icecast, real sources, real listeners, a real relay: what /metrics says is what is so."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

import demo.icecast
from demo.credentials import basic
from demo.icecast import Icecast, icecast
from demo.programme import Feed, Mount
from demo.sources import playing
from tests.running import Scrape, config, exporter, scrape
from tests.services import need

pytestmark = pytest.mark.integration

MP3 = Feed("/live.mp3", "One & Only", "Talk", "sine=frequency=440")
OGG = Feed("/v.ogg", "Vorbis", "Talk", "sine=frequency=330", codec="vorbis")


@pytest.fixture(autouse=True)
def _servers() -> None:
    need("icecast2", "ffmpeg")


def watching(server: Icecast, **keys: object) -> dict[str, object]:
    return {
        "name": "main",
        "url": server.url,
        "password_file": str(server.admin_password_file),
        "interval": "1s",
        **keys,
    }


async def until(client, holds, within: float = 15) -> Scrape:
    async with asyncio.timeout(within):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.1)
    return page


async def listening(
    stack: AsyncExitStack, server: Icecast, mount: str, agent: str = "VLC/3.0.18 LibVLC/3.0.18"
) -> None:
    """Listen to a mount until the stack unwinds."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(f"GET {mount} HTTP/1.0\r\nUser-Agent: {agent}\r\n\r\n".encode())
    assert b"200" in await reader.readline()

    async def drain() -> None:
        while await reader.read(65536):
            pass

    task = asyncio.create_task(drain())
    stack.callback(writer.close)
    stack.callback(task.cancel)


async def test_the_numbers_are_true(tmp_path: Path) -> None:
    mounts = [Mount("/live.mp3", max_listeners=50), Mount("/v.ogg", hidden=True)]
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(icecast(tmp_path / "icecast", mounts=mounts))
        for feed in (MP3, OGG):
            await stack.enter_async_context(
                playing(feed, server.host, server.port, server.passwords.source, tmp_path / "source.log")
            )
        watched = config(
            icecast=[
                watching(server, listeners={"interval": "1s"}),
                watching(server, name="public", password_file=None),
            ]
        )
        client = await stack.enter_async_context(exporter(watched))
        live = {"server": "main", "mount": "/live.mp3"}
        await until(client, lambda p: p.get("icecast_mount_up", **live) == 1)
        for _ in range(3):
            await listening(stack, server, "/live.mp3")
        await listening(stack, server, "/live.mp3", agent="Icecast 2.4.4")
        page = await until(client, lambda p: p.get("icecast_mount_relay_listeners", **live) == 1)

        assert page.get("icecast_mount_listeners", **live) == 4
        assert page.get("icecast_mount_max_listeners", **live) == 50
        assert page.get("icecast_mount_max_listeners", server="main", mount="/v.ogg") == float("inf")
        assert page.get("icecast_mount_bitrate_bytes_per_second", **live) == 8000
        assert page.get("icecast_mount_relay", **live) == 0
        assert page.get("icecast_sources", server="main") == 2
        info = {"name": "One & Only", "genre": MP3.genre, "content_type": "audio/mpeg"}
        assert page.get("icecast_mount_info", **live, **info) == 1
        assert page.get("icecast_mount_up", server="main", mount="/v.ogg") == 1
        # Without the password: fewer figures, no hidden mount, and the same truth.
        assert page.get("icecast_mount_listeners", server="public", mount="/live.mp3") == 4
        assert page.get("icecast_mount_up", server="public", mount="/v.ogg") is None
        before = page.get("icecast_mount_sent_bytes_total", **live)
        await until(client, lambda p: p.get("icecast_mount_sent_bytes_total", **live) > before)


TITLES = [
    "-",
    " - ",
    "1979",
    "007",
    ".5",
    "5.",
    "1e999",
    "NaN",
    "true",
    "null",
    "Песня",
    'Say "hi" \\ back',
    "<b>&amp;</b>",
    "\x1cctrl",
]


async def test_no_title_disturbs_anything_with_or_without_the_password(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(icecast(tmp_path / "icecast", mounts=[Mount("/live.mp3")]))
        await stack.enter_async_context(
            playing(MP3, server.host, server.port, server.passwords.source, tmp_path / "source.log")
        )
        servers = [watching(server, interval="0s"), watching(server, name="public", password_file=None, interval="0s")]
        client = await stack.enter_async_context(exporter(config(icecast=servers)))
        await until(client, lambda p: p.get("icecast_mount_up", server="public", mount="/live.mp3") == 1)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        for title in TITLES:
            parameters = {"mode": "updinfo", "mount": "/live.mp3", "song": title, "charset": "UTF-8"}
            headers = {"Authorization": basic("admin", server.passwords.admin)}
            async with session.get(f"{server.url}/admin/metadata", params=parameters, headers=headers) as reply:
                assert reply.status == 200
            for _ in range(5):  # Icecast takes a moment to show a title
                page = await scrape(client)
                for name in ("main", "public"):
                    assert page.get("icecast_up", server=name) == 1, title
                    assert page.get("icecast_mount_up", server=name, mount="/live.mp3") == 1
                await asyncio.sleep(0.1)
            assert page.get("icecast_parse_warnings_total", server="main") == 0
        assert page.get("icecast_mount_track_changes_total", server="main", mount="/live.mp3") >= len(TITLES) - 4


RELAYS = """
<relay><server>{host}</server><port>{port}</port><mount>/live.mp3</mount><local-mount>/live.mp3</local-mount></relay>
<relay><server>{host}</server><port>{port}</port><mount>/live.mp3</mount><local-mount>/idle.mp3</local-mount>
<on-demand>1</on-demand></relay>
</icecast>"""


async def test_a_real_relay_is_marked_and_not_counted_among_people(tmp_path: Path, monkeypatch) -> None:
    async with AsyncExitStack() as stack:
        master = await stack.enter_async_context(icecast(tmp_path / "master", mounts=[Mount("/live.mp3")]))
        await stack.enter_async_context(
            playing(MP3, master.host, master.port, master.passwords.source, tmp_path / "source.log")
        )
        plain, relays = demo.icecast.configuration, RELAYS.format(host=master.host, port=master.port)
        monkeypatch.setattr(demo.icecast, "configuration", lambda given: plain(given).replace("</icecast>", relays))
        slave = await stack.enter_async_context(icecast(tmp_path / "slave"))
        servers = [watching(master, listeners={"interval": "1s"}), watching(slave, name="slave")]
        client = await stack.enter_async_context(exporter(config(icecast=servers)))
        page = await until(
            client,
            lambda p: (
                p.get("icecast_mount_relay_listeners", server="main", mount="/live.mp3") == 1
                and p.get("icecast_mount_up", server="slave", mount="/live.mp3") == 1
            ),
        )
        assert page.get("icecast_mount_listeners", server="main", mount="/live.mp3") == 1
        assert page.get("icecast_mount_relay", server="slave", mount="/live.mp3") == 1
        assert page.get("icecast_mount_relay", server="main", mount="/live.mp3") == 0
        # An on-demand relay nobody listens to is listed, idle, and not up.
        idle = {"server": "slave", "mount": "/idle.mp3"}
        assert page.get("icecast_mount_up", **idle) == 0
        assert page.get("icecast_mount_relay", **idle) == 1
