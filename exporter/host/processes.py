"""Reads processes by the name of their executable. What may not be seen of a process costs that value alone.

Of psutil only what Linux and Windows both have: pids, Process, and of that name, status, create_time, cpu_times,
memory_info, oneshot. Open files are num_fds on Linux and num_handles on Windows: open_files, which both have, is slow
on Windows and can hang there.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import psutil
from msgspec import Struct

from exporter.config.schema_host import WatchedProcess, bare
from exporter.host.growing import Growing
from exporter.host.reading import Process

log = logging.getLogger(__name__)

T = TypeVar("T")

CLOCK = 2.0
"""Seconds by which the time at which a process says that it began may be off."""


class One(Struct, frozen=True):
    """One process. `began` in seconds of Unix time; with the number it is an identity, for numbers come again."""

    pid: int
    began: float
    cpu: float | None
    memory: int | None
    open_files: int | None


class ProcessReader:
    """Remembers how much CPU time each name has taken since it was first looked at."""

    def __init__(self, watched: Iterable[WatchedProcess]) -> None:
        self._names = {process.executable: process.name for process in watched}
        self._cpu = {name: Growing() for name in self._names.values()}
        self._looked = time.time()
        self._said = False

    def read(self) -> tuple[Process, ...]:
        """Every name, whether it runs or not."""
        if not self._names:
            return ()
        found: dict[str, list[One]] = {name: [] for name in self._cpu}
        since, self._looked = self._looked, time.time()
        pids = psutil.pids()
        for pid in pids:
            if one := self._one(pid):
                found[one[0]].append(one[1])
        hidden = self._hidden(pids)
        return tuple(self._together(name, ones, since, hidden=hidden) for name, ones in found.items())

    def _one(self, pid: int) -> tuple[str, One] | None:
        try:
            process = psutil.Process(pid)
            name = self._names.get(bare(process.name()))
            return (name, one) if name and (one := _read(process)) else None
        except psutil.Error:  # gone meanwhile, or not ours to see
            return None

    def _together(self, name: str, ones: Sequence[One], since: float, *, hidden: bool) -> Process:
        times = {(one.pid, one.began): one.cpu for one in ones if one.cpu is not None}
        new = {identity for identity in times if identity[1] > since - CLOCK}
        cpu = round(self._cpu[name].add(times, new), 2)
        if not ones:
            return Process(name, None if hidden else False, cpu)
        memory, files = _sum(one.memory for one in ones), _sum(one.open_files for one in ones)
        return Process(name, up=True, cpu=cpu, memory=memory, open_files=files)

    def _hidden(self, pids: Sequence[int]) -> bool:
        """Whether Linux hides other users' processes (hidepid, ProtectProc): then nobody knows what runs."""
        hidden = psutil.LINUX and 1 not in pids
        if hidden and not self._said:
            log.warning("other users' processes are hidden from the exporter: set ProtectProc=default in its unit")
        self._said = hidden
        return hidden


def _read(process: psutil.Process) -> One | None:
    """One process; None if it has ended and only waits to be collected."""
    with process.oneshot():
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        times, memory = _allowed(process.cpu_times), _allowed(process.memory_info)
        return One(
            pid=process.pid,
            began=process.create_time(),
            cpu=times.user + times.system if times else None,
            memory=memory.rss if memory else None,
            open_files=_allowed(lambda: _open_files(process)),
        )


def _open_files(process: psutil.Process) -> int:
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


def _allowed(look: Callable[[], T]) -> T | None:
    try:
        return look()
    except psutil.AccessDenied:
        return None


def _sum(values: Iterable[int | None]) -> int | None:
    """Their sum; None if one is not known, for then it would be wrong."""
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total
