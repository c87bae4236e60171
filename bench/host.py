"""What one round over the machine costs the exporter: CPU, memory, network, disks, and every process by its name."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.errors import BenchError
from bench.figures import ms
from bench.progress import say
from bench.table import table
from exporter.config.schema_host import WatchedDisk, WatchedHost, WatchedProcess
from exporter.host.host import Host
from exporter.host.metrics import render

PROCESSES = 300
WATCHED = 4
"""Processes of those that are watched by name: SAM, Icecast, Liquidsoap and MySQL of a station."""

ROUNDS = 50
PERIOD = 0.02
"""Seconds between two looks at the clock, and between two rounds."""

LASTS = "600"
"""Seconds after which a child ends by itself, should we be killed."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Processor seconds of one round (median): the whole of it, and what asking for the names of all processes takes.

    `latest` = seconds by which the event loop woke a sleeper late meanwhile, at most.
    """

    processes: int
    processor: float
    names_alone: float
    latest: float


def run(folder: Path, number: int = PROCESSES) -> Rounds:
    """Measure it while at least so many processes run."""
    say(f"host: {ROUNDS} rounds over {number} processes")
    with _children(folder, max(WATCHED, number - len(psutil.pids()))) as watched:
        config = WatchedHost(
            enabled=True,
            disks=(WatchedDisk(path=str(folder), purpose="recordings"),),
            processes=tuple(WatchedProcess(name=name, match=name) for name in watched),
        )
        seconds, latest = asyncio.run(_rounds(Host(config, folder)))
        names = median(_names() for _ in range(ROUNDS))
        return Rounds(len(psutil.pids()), median(seconds), names, latest)


def report(found: Rounds) -> str:
    """The whole result."""
    ours, names = found.processor, found.names_alone
    rows = [
        ("radio-exporter, a round", ms(ours), ""),
        ("psutil alone, the names of all processes", ms(names), f"{names / ours:.2f} x"),
    ]
    head = (
        f"The machine, {found.processes} processes, {WATCHED} of them watched by name: processor time of a round"
        f" (median of {ROUNDS})."
    )
    late = f"Meanwhile the event loop woke a sleeper at most {ms(found.latest)} late."
    return "\n\n".join((head, table(("", "CPU", "beside ours"), rows), late))


async def _rounds(host: Host) -> tuple[list[float], float]:
    taken: list[float] = []
    pauses: list[float] = []
    looking = asyncio.create_task(_look_at_the_clock(pauses))
    for _ in range(ROUNDS):
        began = time.process_time()
        block = render(await host.read())
        taken.append(time.process_time() - began)
        if block["radio_process_up"].count("} 1") != WATCHED:
            raise BenchError("the round did not find every process that is watched")
        await asyncio.sleep(PERIOD)
    looking.cancel()
    return taken, max(pauses)


async def _look_at_the_clock(pauses: list[float]) -> None:
    """How much later than asked a sleeper is woken, again and again."""
    while True:
        due = time.monotonic() + PERIOD
        await asyncio.sleep(PERIOD)
        pauses.append(time.monotonic() - due)


def _names() -> float:
    began = time.process_time()
    for process in psutil.process_iter(["name"]):
        process.info  # noqa: B018  read by now
    return time.process_time() - began


@contextmanager
def _children(folder: Path, number: int) -> Iterator[list[str]]:
    """Processes that sleep, and the names of those to watch."""
    sleep = shutil.which("sleep")
    if sleep is None:
        raise BenchError("there is no `sleep` to make processes of")
    names = [f"bench-{place}" for place in range(WATCHED)]
    for name in names:
        (folder / name).symlink_to(sleep)
    programs = [str(folder / name) for name in names] + [sleep] * (number - WATCHED)
    children = [subprocess.Popen([program, LASTS]) for program in programs]
    try:
        yield names
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()
