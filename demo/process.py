"""Start one program, know when it is ready, and end it."""

import asyncio
import grp
import os
import pwd
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from demo.errors import DemoError, NotReadyError, ProgramEndedError
from demo.readiness import Ask, until

TAIL_LINES = 15
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # an ordinary user's PATH on Debian lacks them


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. Its output is added to `log`; `environment` is added to ours; `user` counts only for root."""

    name: str
    argv: Sequence[str]
    log: Path
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None


class Process:
    """One running program."""

    def __init__(self, program: Program, child: asyncio.subprocess.Process) -> None:
        self.program = program
        self._child = child

    @property
    def name(self) -> str:
        """The program's name, for people."""
        return self.program.name

    @property
    def pid(self) -> int:
        """The process id; it stays known after the end."""
        return self._child.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._child.returncode

    async def wait(self) -> int:
        """Wait for the end and return the exit status. Any number of tasks may wait."""
        return await self._child.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a program that has ended gets none."""
        with suppress(ProcessLookupError):
            self._child.send_signal(number)

    def type(self, text: str) -> None:
        """Type something, to a program that has a keyboard; one that has ended hears nothing."""
        if self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.write(text.encode())

    async def stop(self, patience: float = 10.0) -> None:
        """Ask it to end, insist after `patience` seconds, and return when it is gone."""
        if self.exit_status is None:
            self.send(signal.SIGTERM)
            self.send(signal.SIGCONT)  # a stopped program would not hear the first
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), patience)
        if self.exit_status is None:
            self.send(signal.SIGKILL)
        await self.wait()

    def tail(self) -> str:
        """Return the last lines of its log, indented."""
        text = self.program.log.read_text(errors="replace") if self.program.log.exists() else ""
        lines = text.splitlines()[-TAIL_LINES:] or ["(its log is empty)"]
        return "\n".join(f"    {line}" for line in lines)

    def ended(self) -> ProgramEndedError:
        """Return the sentence that tells of an unexpected end."""
        status = self.exit_status
        how = f"signal {signal.Signals(-status).name}" if status is not None and status < 0 else f"exit {status}"
        return ProgramEndedError(f"{self.name} ended by itself ({how}). The end of its log:\n{self.tail()}", status)


def find_program(*names: str) -> str:
    """Return the path of the first of `names` that is installed; DemoError if none is."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_FOLDERS}"
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise DemoError(f"{' or '.join(names)} is not installed: `make setup` installs what the demo starts")


async def start(program: Program, output: int | None = None, *, keyboard: bool = False) -> Process:
    """Start `program`. Its standard output goes to the file descriptor `output`, or to the log like its errors.

    `keyboard` = it can be typed to; others read nothing.
    """
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            *_ends_with_us(program.argv),
            stdin=asyncio.subprocess.PIPE if keyboard else asyncio.subprocess.DEVNULL,
            stdout=log if output is None else output,
            stderr=log,
            cwd=program.folder,
            env={**os.environ, **program.environment},
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we end the others in order
            **_as_user(program.user, log),
        )
    return Process(program, child)


@asynccontextmanager
async def running(program: Program, ready: Ask | None = None, within: float = 30.0) -> AsyncIterator[Process]:
    """Run `program` for the length of the block, which begins once `ready` has answered True.

    Raises ProgramEndedError or NotReadyError when it ends, or is not ready, within `within` seconds.
    """
    process = await start(program)
    try:
        if ready is not None:
            await _until_ready(process, ready, within)
        yield process
    finally:
        await process.stop()


async def _until_ready(process: Process, ready: Ask, within: float) -> None:
    async def ready_or_ended() -> bool:
        if process.exit_status is not None:
            raise process.ended()
        return await ready()

    try:
        async with asyncio.timeout(within):
            await until(ready_or_ended)
    except TimeoutError:
        raise NotReadyError(
            f"{process.name} runs but was not ready within {within:g} s. The end of its log:\n{process.tail()}"
        ) from None


def _ends_with_us(argv: Sequence[str]) -> list[str]:
    """Have the kernel end the program should we be killed outright (util-linux's setpriv, on every Debian)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *argv] if setpriv else list(argv)


def _as_user(name: str | None, log: IO[bytes]) -> dict[str, Any]:
    if name is None or os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(name)
    os.fchown(log.fileno(), account.pw_uid, account.pw_gid)
    groups = [group.gr_gid for group in grp.getgrall() if name in group.gr_mem]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups}
