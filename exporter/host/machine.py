"""Reads the machine's own figures. A figure that the system does not give costs itself alone.

Of psutil only what Linux and Windows both have: cpu_times, virtual_memory, net_io_counters, boot_time.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import psutil

from exporter.host.growing import Growing
from exporter.host.reading import Machine, Memory, Traffic
from exporter.polling.complaints import Complaints

T = TypeVar("T")

# Guests' time is part of `user` and `nice` already, Windows' `interrupt` and `dpc` of `system`.
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
_IDLE = ("idle", "iowait")

_WITHIN = re.compile(
    r"lo\d*$|loopback|veth|docker|br\d*$|br-|virbr|vnet|tap|cni|cali|flannel|dummy|ifb|tun|wg|bond|team|.*\.\d+$",
    re.IGNORECASE,
)
"""Interfaces that lead nowhere, or whose bytes pass another one too: loopback, containers, bridges, tunnels, VLANs."""


class MachineReader:
    """Remembers what the look before said: ratios and counters are made of two."""

    def __init__(self) -> None:
        self._complaints = Complaints()
        self._times: tuple[float, float] | None = None
        self._received, self._sent = Growing(), Growing()
        self._first = True

    def read(self) -> Machine:
        """Every figure that can be had."""
        return Machine(
            cpu=self._told("the CPU time", self._cpu),
            memory=self._told("the memory", _memory),
            traffic=self._told("the network", self._traffic),
            boot=self._told("the boot time", psutil.boot_time),
        )

    def _told(self, what: str, look: Callable[[], T]) -> T | None:
        try:
            value = look()
        except (psutil.Error, OSError, RuntimeError, LookupError, ValueError) as error:
            # The first two are the system's refusal, the rest how psutil stumbles over a /proc that lacks something.
            self._complaints.about(what, _why(error))
            return None
        self._complaints.over(what)
        return value

    def _cpu(self) -> float | None:
        times = psutil.cpu_times()
        before, self._times = self._times, (_sum(times, _BUSY), _sum(times, _IDLE))
        if before is None:
            return None
        # The kernel sets `iowait` back now and then.
        busy, idle = (max(0.0, now - then) for now, then in zip(self._times, before, strict=True))
        return round(busy / (busy + idle), 4) if busy + idle else None

    def _traffic(self) -> Traffic | None:
        counters = psutil.net_io_counters(pernic=True, nowrap=True)
        leading_out = {name: counter for name, counter in counters.items() if not _WITHIN.match(name)}
        if not leading_out:
            return None
        # At first what the system has counted so far; then what is added, whichever interfaces come and go.
        new = leading_out if self._first else ()
        self._first = False
        received = self._received.add({name: counter.bytes_recv for name, counter in leading_out.items()}, new)
        sent = self._sent.add({name: counter.bytes_sent for name, counter in leading_out.items()}, new)
        return Traffic(round(received), round(sent))


def _sum(times: Any, names: tuple[str, ...]) -> float:
    return sum(getattr(times, name, 0.0) for name in names)


def _memory() -> Memory:
    memory = psutil.virtual_memory()
    return Memory(memory.total, memory.available)


def _why(error: Exception) -> str:
    return error.strerror or "failed" if isinstance(error, OSError) else "the system does not tell"
