"""The computer in the studio, pretended, and what an exporter on it would say of it: CPU, memory, disk, programs.

The exporter of the demo watches the machine that the demo runs on, which nobody wants to be overloaded. So what
happens to machines happens to this one. A page of its own, which Prometheus scrapes as it would a second exporter's.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    disable_created_metrics,
    generate_latest,
)

from demo import mishap
from demo.mishap import Mishap, Tell
from demo.ports import LOOPBACK

NAME = "studio-pc"
FOLDER, PROGRAM = "D:\\Recordings", "SAMBC.exe"
EVERY = 1.0
FIRST_AFTER = 60.0
PAUSE = (60.0, 150.0)
BUSY, SHORT = 690.0, 420.0  # seconds; HostOverloaded is due after ten minutes, MemoryShort after five

CORES = 4
MEMORY = 16e9
DISK = 1e12
FULL, CLEARED = 0.03, 0.17  # what is free when somebody clears up, and what is free then
PACE = 4e6  # bytes a second: a recorder for each studio. At that the disk is full in half a day: RecordingDiskFilling


class Computer:
    """The computer. `cpu` and `available` are ratios, and what they usually are; a mishap changes them."""

    def __init__(self, dice: random.Random, now: float) -> None:
        self.dice = dice
        self.cpu, self.available = 0.22, 0.55
        self._free, self._at = CLEARED * DISK, now
        self.registry = CollectorRegistry()
        self._cpu, self._memory, self._size = self._gauge("cpu_ratio"), self._gauge("memory_bytes"), self._disk("size")
        self._available, self._left = self._gauge("memory_available_bytes"), self._disk("free")
        self._gauge("boot_timestamp_seconds").set(time.time() - 9 * 86_400)
        self._up = Gauge("radio_process_up", "", ["process"], registry=self.registry).labels(PROGRAM)
        self._took = Counter("radio_process_cpu_seconds", "", ["process"], registry=self.registry).labels(PROGRAM)
        disk_up = Gauge("radio_host_disk_up", "", ["path", "purpose"], registry=self.registry)
        disk_up.labels(FOLDER, "recordings").set(1)
        self.look(now)

    def look(self, now: float) -> None:
        """What it says of itself at a moment, in seconds."""
        passed, self._at = now - self._at, now
        self._free = self._free - passed * PACE if self._free > FULL * DISK else CLEARED * DISK
        cpu = min(1.0, max(0.02, self.dice.gauss(self.cpu, 0.01)))
        self._cpu.set(round(cpu, 3))
        self._memory.set(MEMORY)
        self._available.set(round(MEMORY * self.available * self.dice.uniform(0.97, 1.03)))
        self._size.set(DISK)
        self._left.set(round(self._free))
        self._up.set(1)
        self._took.inc(0.4 * cpu * CORES * passed)

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            await asyncio.sleep(EVERY)
            self.look(time.monotonic())

    def _gauge(self, name: str) -> Gauge:
        return Gauge(f"radio_host_{name}", "", registry=self.registry)

    def _disk(self, what: str) -> Gauge:
        family = Gauge(f"radio_host_disk_{what}_bytes", "", ["path", "purpose"], registry=self.registry)
        return family.labels(FOLDER, "recordings")


async def overloaded(computer: Computer, tell: Tell) -> None:
    """Something takes all of the CPU."""
    tell(f"{NAME} renders a video for {BUSY / 60:.0f} minutes (HostOverloaded is due after 10)")
    usual, computer.cpu = computer.cpu, 0.97
    try:
        await asyncio.sleep(BUSY)
    finally:
        computer.cpu = usual
    tell(f"{NAME} has time again")


async def short_of_memory(computer: Computer, tell: Tell) -> None:
    """A browser with a hundred pages."""
    tell(f"the memory of {NAME} is nearly used up for {SHORT / 60:.0f} minutes (MemoryShort is due after 5)")
    usual, computer.available = computer.available, 0.06
    try:
        await asyncio.sleep(SHORT)
    finally:
        computer.available = usual
    tell(f"{NAME} has memory again")


SCRIPT: tuple[Mishap[Computer], ...] = (overloaded, short_of_memory)


def programme() -> Iterator[Mishap[Computer]]:
    """Yield mishaps for ever: each comes twice an hour."""
    while True:
        yield from SCRIPT


@asynccontextmanager
async def computer(port: int, tell: Tell, *, mishaps: bool) -> AsyncIterator[asyncio.Task[None]]:
    """Let it run, with its page on loopback, for the length of the block. Yields the task."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    one = Computer(random.Random(), time.monotonic())

    async def page(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(one.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(one.run())
            if mishaps:
                tasks.create_task(mishap.happen(programme(), one, tell, one.dice, after=FIRST_AFTER, pause=PAUSE))

    app = web.Application()
    app.router.add_get("/metrics", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    task = asyncio.create_task(work())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        await runner.cleanup()
