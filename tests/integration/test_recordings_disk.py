"""A disk that fills up wakes somebody: a real file system, a real Prometheus, a real Alertmanager, nothing shortened."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from demo import servers
from demo.ports import free_port
from demo.readiness import until
from tests.integration.receiver import Receiver, receiver
from tests.integration.test_pager import our_receiver_everywhere
from tests.running import Scrape
from tests.services import need
from tests.small_disk import small_disk

pytestmark = [pytest.mark.integration, pytest.mark.waits]

SIZE = "1001m"
"""Of the disk: 49.6 MB more than the gigabyte below which the alert is due."""

CONFIG = """
host:
  enabled: false
  interval: 5s
  disks: [{{path: {disk}, purpose: recordings}}]
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk for recordings."""
    need("prometheus", "prometheus-alertmanager|alertmanager")
    with small_disk(tmp_path / "recordings", SIZE) as folder:
        yield folder


@pytest.fixture
async def woken(disk: Path, tmp_path: Path) -> AsyncIterator[tuple[Receiver, str]]:
    """Whoever is woken, and the exporter's page."""
    file = tmp_path / "exporter.yaml"
    file.write_text(CONFIG.format(disk=disk), encoding="utf-8")
    ports = {name: free_port() for name in ("exporter", "prometheus", "alertmanager")}
    async with AsyncExitStack() as stack:
        someone = await stack.enter_async_context(receiver())
        await stack.enter_async_context(servers.exporter(tmp_path, ports["exporter"], {}, file))
        settings = our_receiver_everywhere(tmp_path / "alertmanager.yml", someone.url)
        alertmanager = servers.alertmanager(tmp_path / "alertmanager", ports["alertmanager"], settings)
        await stack.enter_async_context(alertmanager)
        await stack.enter_async_context(servers.prometheus(tmp_path / "prometheus", ports["prometheus"], ports))
        async with asyncio.timeout(60):
            await until(lambda: servers.sees_the_exporter(ports["prometheus"]))
        yield someone, f"http://127.0.0.1:{ports['exporter']}/metrics"


async def free(page: str, disk: Path) -> float | None:
    async with aiohttp.ClientSession() as session, session.get(page) as reply:
        found = Scrape(await reply.text())
    return found.get("radio_host_disk_free_bytes", path=str(disk), purpose="recordings")


async def test_a_disk_of_recordings_that_fills_up_wakes_somebody(
    disk: Path, woken: tuple[Receiver, str], capsys: pytest.CaptureFixture[str]
) -> None:
    someone, page = woken
    assert (await free(page, disk) or 0) > 1_000_000_000
    await asyncio.sleep(20)  # a scrape and a round of the rules: nothing is said
    assert someone.find("RecordingDiskLow", "firing") is None

    filled = time.monotonic()
    (disk / "show.wav").write_bytes(bytes(60_000_000))
    fired = await someone.wait_for("RecordingDiskLow", "firing", filled, 120, path=str(disk))
    assert (await free(page, disk) or 0) < 1_000_000_000

    removed = time.monotonic()
    (disk / "show.wav").unlink()
    resolved = await someone.wait_for("RecordingDiskLow", "resolved", removed, 60, path=str(disk))
    with capsys.disabled():
        print(f"\nRecordingDiskLow after {fired:.0f} s, over after {resolved:.0f} s")
