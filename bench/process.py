"""Runs one program for the length of a block, knows when it answers, and how much memory it took at most."""

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

_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


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
    return peak_in(Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace"))


def peak_in(status: str) -> int:
    """VmHWM of a `/proc/PID/status`, in bytes; BenchError if it is not there."""
    found = _PEAK.search(status)
    if found is None:
        raise BenchError("this system does not tell the peak memory of a process (no VmHWM in /proc)")
    return int(found[1]) * 1024


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
