"""What the machine said at one moment. None = the system does not tell, or does not let us see it."""

from msgspec import Struct


class Memory(Struct, frozen=True):
    """Bytes; `available` = what programs can have without swapping."""

    total: int
    available: int


class Traffic(Struct, frozen=True):
    """Bytes so far over all interfaces that lead out of the machine."""

    received: int
    sent: int


class Machine(Struct, frozen=True):
    """CPU (0 to 1, all cores together, since the look before), memory, network, boot time (Unix time)."""

    cpu: float | None = None
    memory: Memory | None = None
    traffic: Traffic | None = None
    boot: float | None = None


class Space(Struct, frozen=True):
    """Bytes of a file system; `free` = what an ordinary user can still write, as `df` says."""

    size: int
    free: int


class Disk(Struct, frozen=True):
    """A disk by a folder on it; `space` None = it cannot be read."""

    path: str
    purpose: str
    space: Space | None


class Process(Struct, frozen=True):
    """All processes of one name. `cpu` in seconds, and it only grows; memory and files are sums over those that run."""

    name: str
    up: bool | None
    cpu: float | None = None
    memory: int | None = None
    open_files: int | None = None


class Reading(Struct, frozen=True):
    """One round. `machine` None = it is left to another exporter, or could not be read in time."""

    machine: Machine | None
    disks: tuple[Disk, ...]
    processes: tuple[Process, ...]
