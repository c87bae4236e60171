"""From a dead source to somebody's pager: the repository's own Prometheus and Alertmanager configuration, run for real."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from demo import servers
from demo.icecast import Icecast, icecast
from demo.ports import free_port
from demo.programme import Feed, Mount
from demo.readiness import until
from demo.sources import Source
from tests.integration.receiver import Receiver, receiver
from tests.services import need

pytestmark = [pytest.mark.integration, pytest.mark.waits]

LIVE = Feed("/live.mp3", "Live", "Talk", "sine=frequency=440")
OTHER = Feed("/other.mp3", "Other", "Talk", "sine=frequency=330")


@dataclass
class Station:
    """What a test needs to break and to hear."""

    icecast: Icecast
    live: Source
    receiver: Receiver
    prometheus: str


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    """Icecast with two sources, the exporter, Prometheus, Alertmanager, and somebody to be woken."""
    need("icecast2", "ffmpeg", "prometheus", "prometheus-alertmanager|alertmanager")
    async with AsyncExitStack() as stack:
        woken = await stack.enter_async_context(receiver())
        server = await stack.enter_async_context(
            icecast(tmp_path / "icecast", mounts=[Mount(LIVE.mount), Mount(OTHER.mount)])
        )
        live, other = (
            Source(feed, server.host, server.port, server.passwords.source, tmp_path / "sources.log")
            for feed in (LIVE, OTHER)
        )
        for source in (live, other):
            await source.play()
            stack.push_async_callback(source.stop)
        ports = {name: free_port() for name in ("exporter", "prometheus", "alertmanager")}
        environment = {"ICECAST_URL": server.url, "ICECAST_PASSWORD_FILE": str(server.admin_password_file)}
        await stack.enter_async_context(servers.exporter(tmp_path, ports["exporter"], environment))
        settings = our_receiver_everywhere(tmp_path / "alertmanager.yml", woken.url)
        await stack.enter_async_context(
            servers.alertmanager(tmp_path / "alertmanager", ports["alertmanager"], settings)
        )
        await stack.enter_async_context(servers.prometheus(tmp_path / "prometheus", ports["prometheus"], ports))
        async with asyncio.timeout(60):
            await until(lambda: servers.sees_the_exporter(ports["prometheus"]))
        await asyncio.sleep(15)  # a station that has been on the air for a moment
        yield Station(server, live, woken, f"http://127.0.0.1:{ports['prometheus']}")


def our_receiver_everywhere(file: Path, webhook: str) -> Path:
    """The repository's configuration, with our receiver behind every receiver of it."""
    settings = yaml.safe_load((servers.ROOT / "config/alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
    for entry in settings["receivers"]:
        entry["webhook_configs"] = [{"url": webhook, "send_resolved": True}]
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file


async def test_a_dead_source_wakes_somebody_and_a_dead_server_is_one_alarm(station: Station, capsys) -> None:
    woken, mount = station.receiver, {"mount": LIVE.mount}
    began = time.monotonic() - 30
    await woken.wait_for("Watchdog", "firing", began, 90)  # the chain works before anything is broken

    killed = time.monotonic()
    station.live.kill()
    fired = await woken.wait_for("StreamDown", "firing", killed, 60, **mount)
    assert woken.find("StreamDown", "firing", killed, mount=OTHER.mount) is None
    assert woken.find("IcecastServerDown", "firing") is None

    back = time.monotonic()
    await station.live.play()
    resolved = await woken.wait_for("StreamDown", "resolved", back, 60, **mount)

    stopped = time.monotonic()
    await station.icecast.process.stop()
    server_fired = await woken.wait_for("IcecastServerDown", "firing", stopped, 60)
    await asyncio.sleep(max(0, stopped + 75 - time.monotonic()))  # StreamDown's own time, and more
    assert woken.find("StreamDown", "firing", stopped) is None
    with capsys.disabled():
        print(
            f"\nStreamDown after {fired:.0f} s, over after {resolved:.0f} s; IcecastServerDown after {server_fired:.0f} s"
        )
