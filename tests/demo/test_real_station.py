"""The station's parts against a real Icecast, with a real ffmpeg."""

import asyncio
import random
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import aiohttp
import pytest

from demo.channel import Channel
from demo.credentials import basic
from demo.errors import DemoError
from demo.icecast import Icecast, icecast
from demo.listeners import Crowd
from demo.music import Desk, Elsewhere, studio
from demo.programme import FEEDS, JAZZ, LIVE, MOUNTS, NIGHT, OGG, STUDIO
from demo.readiness import until
from demo.sources import Source, SourceRefusedError, playing
from demo.station import Options, station
from tests.demo.playouts import SONGS, address
from tests.services import need

FEED = {feed.mount: feed for feed in FEEDS}


pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _servers() -> None:
    need("icecast2|icecast", "ffmpeg")


async def listed(server: Icecast) -> dict[str, dict[str, str]]:
    """What Icecast says of its mounts."""
    headers = {"Authorization": basic("admin", server.passwords.admin)}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{server.url}/admin/stats") as answer:
        root = ET.fromstring(await answer.text())
    return {
        source.get("mount"): {element.tag: element.text or "" for element in source} for source in root.iter("source")
    }


async def soon(server: Icecast, holds) -> dict[str, dict[str, str]]:
    """What Icecast says once `holds` is true of it."""

    async def ask() -> bool:
        return bool(holds(await listed(server)))

    async with asyncio.timeout(15):
        await until(ask)
    return await listed(server)


def heard(mount: str, listeners: int):
    """Whether so many hear the mount."""
    return lambda mounts: mounts.get(mount, {}).get("listeners") == str(listeners)


@contextmanager
def running(*works) -> Iterator[None]:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def test_a_source_is_live_with_its_bit_rate_and_gone_when_killed(tmp_path):
    async with icecast(tmp_path / "icecast", mounts=MOUNTS) as server:
        for mount, codec in ((LIVE, "audio/mpeg"), (OGG, "application/ogg")):
            log = tmp_path / "source.log"
            async with playing(FEED[mount], server.host, server.port, server.passwords.source, log) as source:
                seen = (await soon(server, lambda mounts, mount=mount: "stream_start" in mounts.get(mount, {})))[mount]
                assert (seen["server_type"], seen["ice-bitrate"]) == (codec, "64")
                source.kill()
                await soon(server, lambda mounts, mount=mount: "stream_start" not in mounts.get(mount, {}))


async def test_a_wrong_password_is_said_and_told_to_nobody(tmp_path):
    async with icecast(tmp_path / "icecast") as server:
        with pytest.raises(SourceRefusedError, match=r"does not take a source for /live\.mp3: HTTP/1\.\d 401") as told:
            await Source(FEED[LIVE], server.host, server.port, "wrong-word", tmp_path / "log").play()
        assert "wrong-word" not in str(told.value)


async def test_a_channel_brings_its_source_back(tmp_path, monkeypatch):
    monkeypatch.setattr("demo.channel.RETRY", 0.1)
    told: list[str] = []
    async with icecast(tmp_path / "icecast") as server:
        source = Source(FEED[STUDIO], server.host, server.port, server.passwords.source, tmp_path / "log")
        channel = Channel(source, told.append)
        task = asyncio.create_task(channel.run())
        await channel.on_air.wait()
        first = source.process
        source.kill()
        await first.wait()
        async with asyncio.timeout(30):
            while source.process is first or not channel.on_air.is_set():
                await asyncio.sleep(0.02)
        assert told == [f"{STUDIO} lost its source; it reconnects"]
        task.cancel()
        await asyncio.wait([task])
        assert source.process.exit_status is not None


async def test_listeners_come_move_to_the_fallback_and_leave(tmp_path):
    wanted = {LIVE: 12}
    feeds = (FEED[NIGHT], FEED[LIVE])
    async with icecast(tmp_path / "icecast", mounts=MOUNTS) as server:
        address = (server.host, server.port, server.passwords.source, tmp_path / "log")
        async with playing(feeds[0], *address), playing(feeds[1], *address) as live:
            crowd = Crowd(server.host, server.port, lambda: wanted, people=60, speed=1, dice=random.Random(3))
            with running(crowd.run()):
                await soon(server, heard(LIVE, 12))
                live.kill()
                await soon(server, heard(NIGHT, 12))
                wanted[LIVE] = 2
                await soon(server, heard(NIGHT, 2))
            await soon(server, heard(NIGHT, 0))


async def test_the_whole_station_is_on_the_air(tmp_path):
    async with icecast(tmp_path / "icecast", mounts=MOUNTS) as server:
        options = Options(server.url, server.passwords.source, tmp_path, audience=400, mishaps=False)
        async with station(options, print) as task:
            mounts = await soon(
                server, lambda mounts: mounts.keys() == FEED.keys() and mounts[JAZZ].get("title") and not task.done()
            )
            assert all("stream_start" in mount for mount in mounts.values())
            assert mounts[JAZZ]["max_listeners"] == "60"
        await soon(server, lambda mounts: not any("stream_start" in mount for mount in mounts.values()))


async def test_with_a_playout_both_live_mounts_say_what_its_history_says(tmp_path, database, quick):
    async with icecast(tmp_path / "icecast", mounts=MOUNTS) as server:
        options = Options(server.url, server.passwords.source, tmp_path, audience=40, mishaps=False)
        where = address(database.port)
        async with studio(where, 40) as one, station(options, print, Desk(one, Elsewhere(where, one))):
            mounts = await soon(server, lambda mounts: all(mounts.get(mount, {}).get("title") for mount in (LIVE, OGG)))
            newest = "SELECT songID FROM historylist WHERE overlay = 'no' ORDER BY ID DESC LIMIT 1"
            assert mounts[LIVE]["title"] == mounts[OGG]["title"] == SONGS[database.rows(newest)[0][0]].announced
            assert len(database.rows("SELECT 1 FROM historylist")) > 10_000


async def test_a_station_that_cannot_start_says_why(tmp_path, unused_tcp_port, monkeypatch):
    monkeypatch.setattr("demo.station.ON_AIR_PATIENCE", 0.3)
    told: list[str] = []
    options = replace(Options("", "secret", tmp_path), url=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(DemoError, match="is not on the air"):
        async with station(options, told.append):
            pytest.fail("the block must not be entered")
    assert f"{LIVE} cannot connect, trying again" in " ".join(told)
