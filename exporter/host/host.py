"""The machine as a part of the exporter: a round of looks at every interval, and the block of the last one."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from exporter.config.schema_host import WatchedHost
from exporter.event import Tell, silent
from exporter.host import metrics
from exporter.host.disks import Disks
from exporter.host.machine import MachineReader
from exporter.host.neighbours import PORTS, Neighbours
from exporter.host.processes import ProcessReader
from exporter.host.reading import Machine, Process, Reading
from exporter.host.room import Room
from exporter.page import Block
from exporter.polling.complaints import Complaints
from exporter.polling.look import Look

T = TypeVar("T")

STATE = "state"
"""The purpose of the disk that the exporter's own state directory is on."""

STALE_AFTER = 3
"""A block older than this many intervals is dropped."""

LONGEST_LOOK = 5.0
"""Seconds for one of them, or half the interval if that is less."""

_NOTHING: Block = {}


class Host:
    """Reads the machine, for ever.

    Args:
        config: what to read.
        state: the exporter's own folder.
        tell: takes what happens.
        ports: where other exporters of the machine are asked for, with their names.
    """

    def __init__(self, config: WatchedHost, state: Path, tell: Tell = silent, ports: Mapping[int, str] = PORTS) -> None:
        self._config, self._state = config, state
        self._machine = Look("host", MachineReader().read)
        self._processes, self._disks = self._of_processes(), self._of_disks()
        self._complaints, self._room = Complaints(), Room(tell)
        self._neighbours = Neighbours(ports)
        self._changed = asyncio.Event()
        self._block: Block = {}
        self._read_at = 0.0

    def block(self) -> Block:
        """What the last round gave; nothing if it was too long ago. The same object until the next one."""
        stale = time.monotonic() - self._read_at > STALE_AFTER * self._config.interval
        return _NOTHING if stale else self._block

    def replace(self, config: WatchedHost) -> None:
        """Read this from now on. What both configurations name is counted on."""
        before, self._config = self._config, config
        if config.processes != before.processes:
            self._processes = self._of_processes()
        if config.disks != before.disks:
            self._disks = self._of_disks()
        if config != before:
            self._neighbours.forget()
            self._changed.set()

    async def run(self) -> None:
        """One round after the other."""
        while True:
            began = time.monotonic()
            self._changed.clear()
            self._block = metrics.render(await self.read())
            self._read_at = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, began + self._config.interval - self._read_at)):
                    await self._changed.wait()

    async def read(self) -> Reading:
        """One round."""
        within = min(LONGEST_LOOK, self._config.interval / 2)
        machine, processes, disks = await asyncio.gather(
            self._own_figures(within),
            self._seen("the list of processes", self._processes, within),
            self._disks.read(within),
        )
        self._room.look(disks)
        return Reading(machine, disks, processes or ())

    async def _own_figures(self, within: float) -> Machine | None:
        return await self._seen("the machine", self._machine, within) if await self._wanted() else None

    async def _seen(self, what: str, look: Look[T], within: float) -> T | None:
        try:
            found = await look.once(within)
        except TimeoutError:
            self._complaints.about(what, f"it took more than {within:g} s")
            return None
        except OSError as error:
            self._complaints.about(what, error.strerror or "failed")
            return None
        self._complaints.over(what)
        return found

    async def _wanted(self) -> bool:
        enabled = self._config.enabled
        return enabled if enabled != "auto" else not await self._neighbours.there()

    def _of_processes(self) -> Look[tuple[Process, ...]]:
        return Look("host processes", ProcessReader(self._config.watched_processes).read)

    def _of_disks(self) -> Disks:
        return Disks([(disk.path, disk.purpose) for disk in self._config.disks] + [(str(self._state), STATE)])
