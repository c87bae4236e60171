"""A real Icecast, real sources that fall silent, lose a channel, stall and die: what the probes say, and who is woken.

The whole chain is the repository's own: exporter, Prometheus, Alertmanager and their configuration.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp
import psutil
import pytest

from demo import servers
from demo.credentials import basic
from demo.icecast import Icecast, icecast
from demo.ports import free_port
from demo.process import Process
from demo.programme import Feed, Mount
from demo.readiness import until
from demo.sources import Source, playing
from exporter.audience.players import Players
from exporter.icecast.listclients import ListenerParser
from exporter.probe.head import AGENT
from tests.integration.receiver import Receiver, receiver
from tests.integration.test_pager import our_receiver_everywhere
from tests.running import Scrape
from tests.services import need

pytestmark = [pytest.mark.integration, pytest.mark.waits]

TONE = "0.1*sin(2*PI*1000*t)"  # -20 LUFS in both channels
SPEECH = f"{TONE}*lt(mod(t\\,8)\\,5)"  # five seconds of it, three of nothing
SPOKEN = 45
"""Seconds for which speech must not be taken for silence: more than five pauses."""

SILENT, TALK = "/silent.mp3", "/speech.mp3"
SOUNDS = {
    "/tone.mp3": f"{TONE}|{TONE}",
    SILENT: f"{TONE}|{TONE}",
    TALK: f"{SPEECH}|{SPEECH}",
    "/left-dead.mp3": f"0|{TONE}",
    "/too-loud.mp3": f"30*{TONE}|30*{TONE}",
    "/stalls.mp3": f"{TONE}|{TONE}",
    "/dies.mp3": f"{TONE}|{TONE}",
    "/opens-silent.ogg": "0|0",
}
CONFIG = """
icecast:
  - {name: main, url: "${ICECAST_URL}", password_file: "${ICECAST_PASSWORD_FILE}", interval: 2s, timeout: 2s,
     listeners: {interval: 5s}, listen_probe: {}}
"""


@dataclass
class Station:
    """What plays, since when, who listens to it all, and who is woken."""

    icecast: Icecast
    sources: dict[str, Source]
    began: dict[str, float]
    exporter: Process
    ports: dict[str, int]
    woken: Receiver
    session: aiohttp.ClientSession

    async def page(self) -> Scrape:
        async with self.session.get(f"http://127.0.0.1:{self.ports['exporter']}/metrics") as reply:
            return Scrape(await reply.text())

    async def value(self, mount: str, name: str, **labels: str) -> float | None:
        return (await self.page()).get(f"radio_probe_{name}", server="main", mount=mount, **labels)

    async def recorded(self, query: str) -> list[float]:
        """What Prometheus answers."""
        address = f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/query?query={quote(query)}"
        async with self.session.get(address) as reply:
            return [float(row["value"][1]) for row in (await reply.json())["data"]["result"]]

    def playing_for(self, mount: str) -> float:
        return time.monotonic() - self.began[mount]

    async def until(self, mount: str, name: str, holds, within: float, **labels: str) -> float:
        """Seconds since the mount began to play when the series was first as it should be."""
        async with asyncio.timeout(within):
            while (value := await self.value(mount, name, **labels)) is None or not holds(value):
                await asyncio.sleep(0.2)
        return self.playing_for(mount)


@pytest.fixture
async def on_air(tmp_path: Path) -> AsyncIterator[Station]:
    """Everything on the air, a probe on each mount, and somebody to be woken."""
    need("icecast2", "ffmpeg", "prometheus", "prometheus-alertmanager|alertmanager")
    ports = {name: free_port() for name in ("exporter", "prometheus", "alertmanager")}
    async with AsyncExitStack() as stack:
        opened = stack.enter_async_context
        woken, session = await opened(receiver()), await opened(aiohttp.ClientSession())
        settings = our_receiver_everywhere(tmp_path / "alertmanager.yml", woken.url)
        server = await opened(icecast(tmp_path / "icecast", mounts=[Mount(path) for path in SOUNDS], source_timeout=90))
        config = tmp_path / "exporter.yaml"
        config.write_text(CONFIG, encoding="utf-8")
        environment = {"ICECAST_URL": server.url, "ICECAST_PASSWORD_FILE": str(server.admin_password_file)}
        await opened(servers.alertmanager(tmp_path / "alertmanager", ports["alertmanager"], settings))
        exporter = await opened(servers.exporter(tmp_path, ports["exporter"], environment, config))
        await opened(servers.prometheus(tmp_path / "prometheus", ports["prometheus"], ports))
        sources, began = {}, {}
        for mount, sound in SOUNDS.items():
            codec = "vorbis" if mount.endswith(".ogg") else "mp3"
            feed = Feed(mount, "Dead air", "Test", f"aevalsrc={sound}:s=44100", codec=codec, kilobits=128, desk=True)
            began[mount] = time.monotonic()
            source = playing(feed, server.host, server.port, server.passwords.source, tmp_path / "source.log")
            sources[mount] = await opened(source)
        yield Station(server, sources, began, exporter, ports, woken, session)


async def test_what_is_heard_is_what_is_played_and_dead_air_wakes_somebody(on_air: Station, capsys) -> None:
    checks = (tone, silence, speech, left_dead, too_loud, stalls, dies, opens_silent, is_nobody)
    async with asyncio.TaskGroup() as tasks:
        named = {check: tasks.create_task(check(on_air), name=check.__name__) for check in checks}
    decoders = [child for child in psutil.Process(on_air.exporter.pid).children() if child.name() == "ffmpeg"]
    assert len(decoders) >= len(SOUNDS) - 1
    on_air.exporter.send(signal.SIGKILL)
    _, left = await asyncio.to_thread(psutil.wait_procs, decoders, 5)
    assert left == []
    with capsys.disabled():
        print(f"\nDeadAir after {named[silence].result():.0f} s of silence")


async def silence(on_air: Station) -> float:
    """Seconds from the first silent one to the message; 30 are allowed."""
    await on_air.until(SILENT, "silence_seconds", lambda value: value == 0, 20)
    async with asyncio.timeout(30):
        await until(lambda: servers.sees_the_exporter(on_air.ports["prometheus"]))
        while await on_air.recorded(f'radio_probe_silence_seconds{{mount="{SILENT}"}}') != [0]:
            await asyncio.sleep(0.5)
    began = time.monotonic()
    on_air.sources[SILENT].turn({"mutel": 1, "muter": 1})
    due = asyncio.create_task(on_air.woken.wait_for("DeadAir", "firing", began, 30, server="main", mount=SILENT))
    at = await on_air.until(SILENT, "silence_seconds", lambda value: value >= 15, 25) + on_air.began[SILENT] - began
    assert at == pytest.approx(15, abs=2.5)
    assert await on_air.value(SILENT, "up") == 1
    assert await on_air.value(SILENT, "loudness_lufs", window="momentary") < -100
    assert await on_air.value(SILENT, "channel_silent", channel="left") == 0
    woken = await due
    assert on_air.woken.find("StreamDown", "firing", mount=SILENT) is None
    assert on_air.woken.find("StreamStalled", "firing", mount=SILENT) is None
    heard = time.monotonic()
    on_air.sources[SILENT].turn({"mutel": 0, "muter": 0})
    await on_air.until(SILENT, "silence_seconds", lambda value: value == 0, 5)
    await on_air.woken.wait_for("DeadAir", "resolved", heard, 25, mount=SILENT)
    return woken


async def speech(on_air: Station) -> None:
    longest = 0.0
    while on_air.playing_for(TALK) < SPOKEN:
        longest = max(longest, await on_air.value(TALK, "silence_seconds") or 0)
        await asyncio.sleep(0.3)
    assert 2 <= longest <= 3.5
    assert on_air.woken.find("DeadAir", "firing", mount=TALK) is None


async def tone(on_air: Station) -> None:
    mount = "/tone.mp3"
    await on_air.until(mount, "loudness_lufs", lambda value: value > -50, 60, window="short_term")
    await asyncio.sleep(15)
    loudness = {
        window: await on_air.value(mount, "loudness_lufs", window=window) for window in ("momentary", "short_term")
    }
    assert loudness == pytest.approx({"momentary": -20, "short_term": -20}, abs=0.5)
    assert await on_air.value(mount, "peak_ratio") == pytest.approx(0.1, abs=0.02)
    assert await on_air.value(mount, "silence_seconds") == 0
    assert await on_air.value(mount, "clipped_samples_total") == 0
    assert await on_air.value(mount, "channel_silent", channel="left") == 0
    assert await on_air.value(mount, "nominal_bytes_per_second") == 16000
    assert 0 < await on_air.value(mount, "first_byte_seconds") < 5
    # A constant bit rate: bytes for the time since the source began, which is what an early listener was sent.
    before, since = await on_air.value(mount, "received_bytes_total"), time.monotonic()
    await asyncio.sleep(8)
    rate = (await on_air.value(mount, "received_bytes_total") - before) / (time.monotonic() - since)
    assert rate == pytest.approx(16000, rel=0.1)
    assert await on_air.value(mount, "connections_total") == 1
    assert await on_air.value(mount, "stalls_total") == 0


async def left_dead(on_air: Station) -> None:
    mount = "/left-dead.mp3"
    at = await on_air.until(mount, "channel_silent", lambda value: value == 1, 15, channel="left")
    assert at > 4
    assert await on_air.value(mount, "channel_silent", channel="right") == 0
    assert await on_air.value(mount, "silence_seconds") == 0
    assert await on_air.value(mount, "loudness_lufs", window="momentary") == pytest.approx(-23, abs=0.5)


async def too_loud(on_air: Station) -> None:
    mount = "/too-loud.mp3"
    await on_air.until(mount, "samples_total", lambda value: value > 500_000, 20)
    page = {name: await on_air.value(mount, name) for name in ("clipped_samples_total", "samples_total", "peak_ratio")}
    assert page["clipped_samples_total"] / page["samples_total"] > 0.3
    assert page["peak_ratio"] > 0.999


async def stalls(on_air: Station) -> None:
    """The source's connection stays open and nothing comes: a listener hears nothing, and it is not silence."""
    mount = "/stalls.mp3"
    await on_air.until(mount, "silence_seconds", lambda value: value == 0, 60)
    on_air.sources[mount].stall()
    stalled = on_air.playing_for(mount)
    at = await on_air.until(mount, "up", lambda value: value == 0, 60)
    assert at - stalled == pytest.approx(5.5, abs=2)
    assert await on_air.value(mount, "silence_seconds") is None
    await on_air.until(mount, "stalls_total", lambda value: value == 1, 3)
    on_air.sources[mount].resume()
    await on_air.until(mount, "up", lambda value: value == 1, 5)
    assert await on_air.value(mount, "connections_total") == 1


async def dies(on_air: Station) -> None:
    mount = "/dies.mp3"
    await on_air.until(mount, "silence_seconds", lambda value: value == 0, 60)
    on_air.sources[mount].kill()
    killed = on_air.playing_for(mount)
    at = await on_air.until(mount, "up", lambda value: value == 0, 8)
    assert at - killed < 3
    assert await on_air.value(mount, "silence_seconds") is None
    assert await on_air.value(mount, "loudness_lufs", window="momentary") is None
    await on_air.until(mount, "failures_total", lambda value: value == 1, 1, reason="ended")
    await on_air.until(mount, "failures_total", lambda value: value >= 1, 10, reason="http")


async def opens_silent(on_air: Station) -> None:
    """Ogg Vorbis, silent from its first sample, which takes hardly any bytes."""
    at = await on_air.until("/opens-silent.ogg", "silence_seconds", lambda value: value >= 15, 35)
    assert at == pytest.approx(15, abs=4)


async def is_nobody(on_air: Station) -> None:
    """Icecast counts it and lists its agent; the exporter and the recording rules know that it is no person."""
    mount = "/tone.mp3"
    await on_air.until(mount, "up", lambda value: value == 1, 60)
    headers = {"Authorization": basic("admin", on_air.icecast.passwords.admin)}
    async with on_air.session.get(f"{on_air.icecast.url}/admin/listclients?mount={mount}", headers=headers) as reply:
        parser = ListenerParser()
        parser.feed(await reply.read())
    parser.close()
    (listener,) = parser.take()
    assert listener.agent == AGENT
    assert Players().of(listener.agent).person is False
    labels = {"server": "main", "mount": mount}
    async with asyncio.timeout(30):
        while (await on_air.page()).get("icecast_mount_probe_listeners", **labels) != 1:
            await asyncio.sleep(0.5)
        while await on_air.recorded(f'mount:radio_listeners:current{{mount="{mount}"}}') != [0]:
            await asyncio.sleep(0.5)
    page = await on_air.page()
    assert page.get("icecast_mount_listeners", **labels) == 1
    told = {
        key: value for key, value in page.samples.items() if key[0].startswith(("radio_sessions", "radio_listening"))
    }
    assert set(told.values()) == {0}
