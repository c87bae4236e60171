"""The probes as a part of the exporter: on its page, off its counts of people, over a reload, and at its end."""

import asyncio
from contextlib import asynccontextmanager

import psutil
import pytest

from exporter.probe import probe, probes
from exporter.reload import Settings
from exporter.web import keys
from exporter.web.web_config import WebConfig
from tests.probe.station import station
from tests.probe.test_decoder import TONE, stream
from tests.running import config, exporter, icecast, scrape
from tests.services import need

LIVE = {"server": "main", "mount": "/live.mp3"}
LISTED = (
    b"<icestats><server_id>Icecast 2.4.4</server_id><sources>1</sources><source mount='/live.mp3'>"
    b"<listeners>%d</listeners><stream_start>x</stream_start></source></icestats>"
)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(probe, "LONGEST_JITTER", 0.0)
    monkeypatch.setattr(probes, "ROUND", 0.05)


def watched(url, **listen_probe):
    return config(icecast=[icecast(url, listeners={"enabled": False}, listen_probe=listen_probe or None)])


def decoders():
    return [child for child in psutil.Process().children() if child.name() == "ffmpeg"]


async def until(client, holds):
    async with asyncio.timeout(60):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.05)
    return page


@asynccontextmanager
async def on_the_air():
    """A server that plays, and says that it has one listener."""
    async with station() as server:
        server.pieces, server.stays = [stream(f"{TONE}|{TONE}")], True
        server.statistics = LISTED % 1
        yield server


async def test_it_is_off_unless_it_is_asked_for():
    async with on_the_air() as server, exporter(watched(server.url)) as client:
        page = await until(client, lambda page: page.get("icecast_mount_listeners", **LIVE) == 1)
        await asyncio.sleep(0.2)
        assert not any(name.startswith("radio_probe_") for name in (await scrape(client)).names() | page.names())
    assert not any("GET /live.mp3" in request for request in server.requests)


async def test_what_is_heard_is_on_the_page_and_nothing_is_left_at_the_end():
    need("ffmpeg")
    async with on_the_air() as server:
        async with exporter(watched(server.url, decode="always")) as client:
            page = await until(client, lambda page: page.get("radio_probe_silence_seconds", **LIVE) is not None)
            assert page.get("radio_probe_up", **LIVE) == 1
            assert page.get("radio_probe_silence_seconds", **LIVE) == 0
            task = {"task": "probe main /live.mp3"}
            await until(client, lambda page: page.get("radio_exporter_task_restarts_total", **task) == 0)
            assert len(decoders()) == 1
        assert decoders() == []


async def test_it_is_no_listener_on_the_landing_page_nor_of_a_song():
    async with on_the_air() as server, exporter(watched(server.url, decode="never")) as client:
        await until(client, lambda page: page.get("radio_probe_listening", **LIVE) == 1)
        await until(client, lambda page: page.get("icecast_mount_listeners", **LIVE) == 1)
        watch = client.app[keys.WATCH]
        assert watch.listeners(()) == 0
        server.statistics = LISTED % 3
        await until(client, lambda page: page.get("icecast_mount_listeners", **LIVE) == 3)
        assert watch.listeners(["/live.mp3"]) == 2
        async with client.get("/") as reply:
            assert "<td class=number>2<" in await reply.text()


async def test_a_reload_turns_it_off_and_on():
    async with on_the_air() as server:
        settings = [Settings(watched(server.url, decode="never", mounts=["/live.mp3"]), WebConfig())]
        async with exporter(settings[0], lambda: settings[0]) as client:
            await until(client, lambda page: page.get("radio_probe_up", **LIVE) == 1)
            settings[0] = Settings(watched(server.url), WebConfig())
            async with client.post("/-/reload") as reply:
                assert reply.status == 200, await reply.text()
            await until(client, lambda page: page.labels("radio_probe_up") == [])
            settings[0] = Settings(watched(server.url, decode="never", mounts=["/other.mp3"]), WebConfig())
            async with client.post("/-/reload"):
                pass
            other = {"server": "main", "mount": "/other.mp3"}
            page = await until(client, lambda page: page.get("radio_probe_up", **other) == 1)
            assert page.get("radio_probe_up", **LIVE) is None
