"""The host as a part of the exporter: rounds, the block of the last one, a new configuration."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import psutil

from exporter.host.host import Host
from tests.host.reading import host, section, served


@asynccontextmanager
async def running(watched: Host):
    task = asyncio.create_task(watched.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds, within: float = 5) -> None:
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.01)


async def test_before_the_first_round_nothing_is_said(tmp_path) -> None:
    assert not host(tmp_path).block()


async def test_the_block_is_the_same_until_the_next_round(tmp_path) -> None:
    watched = host(tmp_path, interval="1s")
    async with running(watched):
        await until(watched.block)
        first, began = watched.block(), time.monotonic()
        while time.monotonic() < began + 0.5:
            assert watched.block() is first
            await asyncio.sleep(0.01)
        await until(lambda: watched.block() is not first)
        assert served(watched.block()).get("radio_host_cpu_ratio") is not None


async def test_a_block_that_nobody_renews_is_dropped(tmp_path) -> None:
    watched = host(tmp_path, interval="1s")
    async with running(watched):
        await until(watched.block)
    watched._read_at = time.monotonic() - 2
    assert watched.block()
    watched._read_at = time.monotonic() - 3.1
    assert not watched.block()


async def test_a_new_configuration_is_read_at_once(tmp_path) -> None:
    watched = host(tmp_path, enabled=True, interval="1h")
    async with running(watched):
        await until(watched.block)
        disks = [{"path": "/", "purpose": "recordings"}]
        watched.replace(section(enabled=False, interval="1h", disks=disks, processes=["radio-none"]))
        await until(lambda: "radio_process_up" in watched.block())
        found = served(watched.block())
    assert found.get("radio_host_disk_up", path="/", purpose="recordings") == 1
    assert found.get("radio_host_memory_bytes") is None


async def test_an_unchanged_configuration_disturbs_nothing(tmp_path) -> None:
    watched = host(tmp_path, interval="1h", processes=["radio-none"])
    async with running(watched):
        await until(watched.block)
        first = watched.block()
        watched.replace(section(interval="1h", processes=["radio-none"]))
        await asyncio.sleep(0.3)
        assert watched.block() is first


async def test_a_slow_system_does_not_hold_up_the_event_loop(tmp_path, monkeypatch) -> None:
    def slowly():
        time.sleep(0.5)
        return pids()

    pids = psutil.pids
    monkeypatch.setattr(psutil, "pids", slowly)
    monkeypatch.setattr(psutil, "boot_time", slowly)
    under_way = asyncio.create_task(host(tmp_path, enabled=True, processes=["radio-none"]).read())
    turns = 0
    while not under_way.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 10
