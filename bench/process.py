"""Runs one program for the length of a block, knows when it answers, and what memory and processor time it took."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

LOOPBACK = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 5.0
"""Seconds a program gets to end by itself."""

_SIZES = re.compile(r"^(Vm\w+):\s*(\d+) kB$", re.MULTILINE)
_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. It sees no environment but PATH and `environment`; its output goes to a log in `folder`."""

    name: str
    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    directory: Path = ROOT

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.folder / f"{self.name}.log"


@contextmanager
def running(program: Program, ready: Callable[[], bool], within: float = 30.0) -> Iterator[int]:
    """The process id, once `ready` has said True; BenchError if it never does. The program ends with the block."""
    with program.log.open("ab") as log:
        child = subprocess.Popen(
            _ends_with_us(program.argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=program.directory,
            env={"PATH": os.environ.get("PATH", os.defpath), **program.environment},
            process_group=0,  # Ctrl-C in the terminal reaches us alone; we end the others in order
        )
    try:
        _await(program, child, ready, within)
        yield child.pid
    finally:
        _end(child)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def peak_memory(pid: int) -> int:
    """The most memory a process ever held, in bytes (VmHWM: resident, shared pages included)."""
    return size_in(_proc(pid, "status"), "VmHWM")


def memory(pid: int) -> int:
    """The memory a process holds now, in bytes (VmRSS)."""
    return size_in(_proc(pid, "status"), "VmRSS")


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken so far: its own and the kernel's on its behalf."""
    return seconds_in(_proc(pid, "stat"))


def size_in(status: str, name: str) -> int:
    """One of the sizes of a `/proc/PID/status`, in bytes; BenchError if it is not there."""
    kilobytes = dict(_SIZES.findall(status)).get(name)
    if kilobytes is None:
        raise BenchError(f"this system does not tell the memory of a process (no {name} in /proc)")
    return int(kilobytes) * 1024


def seconds_in(stat: str) -> float:
    """User and system time of a `/proc/PID/stat` (proc_pid_stat(5), fields 14 and 15)."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="ascii", errors="replace")


def _await(program: Program, child: subprocess.Popen[bytes], ready: Callable[[], bool], within: float) -> None:
    until = time.monotonic() + within
    while not _says(ready):
        if child.poll() is not None:
            raise BenchError(f"{program.name} ended by itself (exit {child.returncode}):\n{_tail(program)}")
        if time.monotonic() > until:
            raise BenchError(f"{program.name} was not ready within {within:g} s:\n{_tail(program)}")
        time.sleep(0.1)


def _says(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except OSError:  # it does not listen yet
        return False


def _tail(program: Program) -> str:
    return "\n".join(f"    {line}" for line in program.log.read_text(errors="replace").splitlines()[-12:])


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _ends_with_us(argv: Sequence[str]) -> list[str]:
    """Have the kernel end the program should we be killed outright (util-linux's setpriv, on every Debian)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *argv] if setpriv else list(argv)
