"""Processes by name: real ones, started and killed."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from exporter.host.processes import ProcessReader
from exporter.host.reading import Process, Reading
from tests.host.reading import host, page, section
from tests.services import need

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="starts programs of Linux")

SLEEP, SHELL = shutil.which("sleep"), shutil.which("sh")
BUSY = ("-c", "while :; do :; done")

Start = Callable[..., subprocess.Popen]


@pytest.fixture
def start(tmp_path) -> Iterator[Start]:
    """Run a program under a name of ours: a link to it."""
    children: list[subprocess.Popen] = []

    def run(name: str, program: str = SLEEP, *arguments: str) -> subprocess.Popen:
        link = tmp_path / name
        if not link.exists():
            link.symlink_to(program)
        children.append(subprocess.Popen([link, *(arguments or ("60",))]))
        return children[-1]

    yield run
    for child in children:
        child.kill()
        child.wait()


def reader(*processes) -> ProcessReader:
    return ProcessReader(section(processes=list(processes)).watched_processes)


def read(processes: ProcessReader):
    return page(Reading(None, (), processes.read()))


def until(processes: ProcessReader, holds, within: float = 10):
    end = time.monotonic() + within
    while not holds(found := read(processes)):
        assert time.monotonic() < end, found.text
        time.sleep(0.05)
    return found


def up(name: str, value: float):
    return lambda found: found.get("radio_process_up", process=name) == value


def ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_process_that_starts_and_is_killed(start, tmp_path) -> None:
    watched = host(tmp_path, enabled=False, processes=["radio-playout", {"name": "SAM", "match": "RADIO-SAMBC.EXE"}])
    found = page(await watched.read())
    assert found.get("radio_process_up", process="radio-playout") == 0
    assert found.get("radio_process_up", process="SAM") == 0
    start("radio-playout")
    child = start("radio-sambc.exe")
    async with asyncio.timeout(30):
        while not page(await watched.read()).get("radio_process_up", process="SAM"):
            await asyncio.sleep(0.05)
    child.kill()
    async with asyncio.timeout(30):  # not collected yet, it is a zombie: that is no running process
        while (found := page(await watched.read())).get("radio_process_up", process="SAM"):
            await asyncio.sleep(0.05)
    assert psutil.pid_exists(child.pid)
    assert found.get("radio_process_resident_memory_bytes", process="SAM") is None
    assert found.get("radio_process_up", process="radio-playout") == 1


def test_memory_and_files_are_those_of_proc_and_summed_up(start) -> None:
    pids = [start("radio-sums").pid, start("radio-sums").pid]
    processes = reader("Radio-Sums")
    found = until(processes, lambda found: (found.get("radio_process_open_files", process="Radio-Sums") or 0) >= 6)
    time.sleep(0.2)  # the loader is through
    found = read(processes)
    files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    assert found.get("radio_process_open_files", process="Radio-Sums") == files
    assert found.get("radio_process_resident_memory_bytes", process="Radio-Sums") == sum(map(resident, pids))


def test_cpu_time_is_that_of_proc_and_never_goes_back(start) -> None:
    processes = reader("radio-busy")

    def cpu() -> float:
        return read(processes).get("radio_process_cpu_seconds_total", process="radio-busy")

    assert cpu() == 0
    one, two = start("radio-busy", SHELL, *BUSY), start("radio-busy", SHELL, *BUSY)
    end = time.monotonic() + 60
    while min(ticks(one.pid), ticks(two.pid)) <= 0.2:
        assert time.monotonic() < end
        time.sleep(0.05)
    before = ticks(one.pid) + ticks(two.pid)
    both = cpu()
    assert before - 0.01 < both < ticks(one.pid) + ticks(two.pid) + 0.01
    assert both > 0.2
    one.kill()
    one.wait()
    assert cpu() >= both
    time.sleep(0.3)
    assert cpu() > both
    two.kill()
    two.wait()
    assert cpu() >= both
    assert up("radio-busy", 0)(read(processes))


def test_what_ran_before_the_exporter_is_not_counted(start) -> None:
    """Or every restart of the exporter were a leap in the rate, of hours of CPU time in one interval."""
    child = start("radio-early", SHELL, *BUSY)
    time.sleep(3)
    end = time.monotonic() + 60
    while ticks(child.pid) <= 0.5:
        assert time.monotonic() < end
        time.sleep(0.05)
    found = read(reader("radio-early"))
    assert found.get("radio_process_cpu_seconds_total", process="radio-early") == 0


def test_two_names_of_one_program(start) -> None:
    start("radio-mariadbd")
    database = [{"name": "MySQL", "match": "radio-mysqld"}, {"name": "MySQL", "match": "radio-mariadbd"}]
    found = until(reader(*database), up("MySQL", 1))
    assert found.labels("radio_process_up") == [{"process": "MySQL"}]


def test_a_name_longer_than_the_kernel_keeps(start) -> None:
    start("radio-with-a-rather-long-name")
    until(reader("radio-with-a-rather-long-name"), up("radio-with-a-rather-long-name", 1))


def test_another_users_process_costs_only_what_may_not_be_seen(start) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    need("setpriv")
    start("radio-others")
    until(reader("radio-others"), up("radio-others", 1))
    found = as_nobody("radio-others")
    assert found["up"] is True
    assert found["memory"] > 0
    assert found["open_files"] is None


def test_where_processes_are_hidden_nothing_is_said_of_them(start) -> None:
    """As under systemd's ProtectProc=invisible: a process that is not seen may run all the same."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a /proc of its own")
    need("setpriv", "unshare", "mount")
    start("radio-hidden")
    found = as_nobody("radio-hidden", "unshare", "--mount", "sh", "-c", HIDING, "sh")
    assert found == {"name": "radio-hidden", "up": None, "cpu": 0.0, "memory": None, "open_files": None}
    hidden = Process(**found)
    assert page(Reading(None, (), (hidden,))).names() == {"radio_process_cpu_seconds_total"}


HIDING = 'mount -t proc -o hidepid=invisible proc /proc && exec "$@"'
PROGRAM = """
import json, sys, msgspec
from exporter.config.schema_host import WatchedProcess
from exporter.host.processes import ProcessReader
(process,) = ProcessReader([WatchedProcess(name=sys.argv[1], match=sys.argv[1])]).read()
print(json.dumps(msgspec.structs.asdict(process)))
"""


def as_nobody(name: str, *within: str) -> dict:
    """What a user without rights reads of a process."""
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    command = [*within, *become, sys.executable, "-c", PROGRAM, name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        pytest.skip(f"another user cannot run this Python here: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout)
