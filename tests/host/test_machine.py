"""The machine's own figures, beside what /proc says of them."""

import re
import sys
import time
from pathlib import Path

import psutil
import pytest

from exporter.host.machine import MachineReader
from exporter.host.reading import Machine, Reading
from tests.host.reading import page

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux'")

# The machine goes on between our look and the test's.
GOES_ON = 256 * 2**20


def meminfo(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024


def stat(name: str) -> list[int]:
    (line,) = [line for line in Path("/proc/stat").read_text(encoding="ascii").splitlines() if line.split()[0] == name]
    return [int(field) for field in line.split()[1:]]


def traffic(*names: str) -> tuple[int, int]:
    """Bytes received and sent, as /proc/net/dev has them."""
    rows = [line.split(":") for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]]
    fields = {name.strip(): figures.split() for name, figures in rows}
    return sum(int(fields[name][0]) for name in names), sum(int(fields[name][8]) for name in names)


def outside() -> list[str]:
    """Interfaces that lead out of this machine, found by another way: the device that stands behind them, or a container's."""
    return [path.name for path in Path("/sys/class/net").iterdir() if (path / "device").exists() or path.name == "eth0"]


def test_memory() -> None:
    found = page(Reading(MachineReader().read(), (), ()))
    assert found.get("radio_host_memory_bytes") == meminfo("MemTotal")
    assert found.get("radio_host_memory_available_bytes") == pytest.approx(meminfo("MemAvailable"), abs=GOES_ON)


def test_boot_time() -> None:
    assert page(Reading(MachineReader().read(), (), ())).get("radio_host_boot_timestamp_seconds") == pytest.approx(
        stat("btime")[0], abs=1
    )


def test_cpu_is_the_share_of_the_time_between_two_looks() -> None:
    reader = MachineReader()
    before = stat("cpu")
    assert page(Reading(reader.read(), (), ())).get("radio_host_cpu_ratio") is None  # it takes two
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        sum(range(1000))
    found = page(Reading(reader.read(), (), ())).get("radio_host_cpu_ratio")
    spent = [now - then for now, then in zip(stat("cpu"), before, strict=True)]
    busy = 1 - (spent[3] + spent[4]) / sum(spent[:8])  # user nice system idle iowait irq softirq steal
    assert 0 < found <= 1
    assert found == pytest.approx(busy, abs=0.1)


def test_network_is_what_leads_out_of_the_machine() -> None:
    names = outside()
    if not names:
        pytest.skip("this machine has no network but its own loopback")
    received, sent = traffic(*names)
    found = MachineReader().read().traffic
    assert received <= found.received <= traffic(*names)[0]
    assert sent <= found.sent <= traffic(*names)[1]


def test_network_goes_on_when_an_interface_goes(monkeypatch) -> None:
    """A stand-in for the kernel: interfaces of the machine are not for a test to remove."""
    counter = type(next(iter(psutil.net_io_counters(pernic=True).values())))
    now = {}
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic, nowrap: now)

    def counted(**received: int) -> int | None:
        now.clear()
        now.update({name: counter(10, bytes_, 0, 0, 0, 0, 0, 0) for name, bytes_ in received.items()})
        found = reader.read().traffic
        return found and found.received

    reader = MachineReader()
    assert counted(lo=9999, docker0=9999, veth12ab=9999) is None
    assert counted(eth0=1000, wlan0=500, lo=9999, **{"Loopback Pseudo-Interface 1": 9999, "vEthernet (WSL)": 9}) == 1500
    assert counted(eth0=1001) == 1501
    assert counted(eth0=1002, wlan0=500) == 1502
    assert counted(eth0=1002, wlan0=510) == 1512


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), RuntimeError("line not found"), KeyError("x")]
)
def test_what_the_system_refuses_costs_itself_alone_and_is_said_once(error, monkeypatch, caplog) -> None:
    def refuse():
        raise error

    with monkeypatch.context() as refusing:
        refusing.setattr(psutil, "virtual_memory", refuse)
        reader = MachineReader()
        for _ in range(3):
            found = reader.read()
    assert (found.memory, found.boot) == (None, psutil.boot_time())
    assert len(caplog.records) == 1
    assert caplog.messages[0].startswith("the memory cannot be read: ")
    assert reader.read().memory is not None


def test_what_is_not_known_is_not_on_the_page() -> None:
    assert not page(Reading(Machine(), (), ())).names()
    assert not page(Reading(None, (), ())).names()
