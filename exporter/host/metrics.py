"""Families of the machine: a reading as sample lines. No I/O."""

from collections import defaultdict
from collections.abc import Iterator

from exporter.host import families as f
from exporter.host.reading import Disk, Machine, Process, Reading
from exporter.page import Block, Family, labels, sample

Samples = Iterator[tuple[Family, float | None, str]]
"""Family, value, label set; None = not known."""


def render(reading: Reading) -> Block:
    """The block of a reading; what is not known has no sample."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for family, value, label_set in _samples(reading):
        if value is not None:
            lines[family.name].append(sample(family, label_set, value))
    return {name: "".join(some) for name, some in lines.items()}


def _samples(reading: Reading) -> Samples:
    if reading.machine is not None:
        yield from _machine(reading.machine)
    for disk in reading.disks:
        yield from _disk(disk, labels(path=disk.path, purpose=disk.purpose))
    for process in reading.processes:
        yield from _process(process, labels(process=process.name))


def _machine(machine: Machine) -> Samples:
    yield f.CPU, machine.cpu, ""
    if (memory := machine.memory) is not None:
        yield f.MEMORY, memory.total, ""
        yield f.MEMORY_AVAILABLE, memory.available, ""
    if (traffic := machine.traffic) is not None:
        yield f.RECEIVED, traffic.received, ""
        yield f.SENT, traffic.sent, ""
    yield f.BOOT, machine.boot, ""


def _disk(disk: Disk, label_set: str) -> Samples:
    yield f.DISK_UP, int(disk.space is not None), label_set
    if disk.space is not None:
        yield f.DISK_FREE, disk.space.free, label_set
        yield f.DISK_SIZE, disk.space.size, label_set


def _process(process: Process, label_set: str) -> Samples:
    yield f.PROCESS_UP, None if process.up is None else int(process.up), label_set
    yield f.PROCESS_CPU, process.cpu, label_set
    yield f.PROCESS_MEMORY, process.memory, label_set
    yield f.PROCESS_FILES, process.open_files, label_set
