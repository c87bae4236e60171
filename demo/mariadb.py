"""The playout's database server: a MariaDB on loopback with its files in the demo's folder."""

import asyncio
import os
import pwd
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from demo.credentials import playout_file, sam_file
from demo.errors import DemoError
from demo.ports import LOOPBACK, free_port
from demo.process import Process, Program, find_program, running, start
from demo.readiness import greets

UNPRIVILEGED = ("mysql", "nobody")  # MariaDB refuses to run as root
SMALL = (
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--performance-schema=OFF",
    "--skip-name-resolve",
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a playout's database is, root's password there, and the one that the exporter shall have."""

    host: str
    port: int
    password: str = field(repr=False)
    exporter_password: str = field(repr=False)


class Database(Protocol):
    """A playout's database, which a mishap can take away."""

    @property
    def address(self) -> Address:
        """Where it is."""

    async def hold_down(self, seconds: float) -> None:
        """Have the exporter see nothing of it for so long."""


class MariaDB:
    """The server, which is kept running, unless a mishap holds it down."""

    def __init__(self, program: Program, address: Address) -> None:
        self.address = address
        self._program = program
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._up = asyncio.Event()
        self._process: Process | None = None

    async def run(self) -> None:
        """Run for ever; ProgramEndedError when it ends by itself."""
        while True:
            await self._allowed.wait()
            async with running(self._program, ready=self._answers) as self._process:
                self._up.set()
                await self._process.wait()
            self._up.clear()
            if self._allowed.is_set():
                raise self._process.ended()

    async def ready(self) -> None:
        """Return when it can be used."""
        await self._up.wait()

    async def hold_down(self, seconds: float) -> None:
        """Stop it, and start it again after so long."""
        self._allowed.clear()
        if self._process is not None:
            await self._process.stop()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._allowed.set()

    async def _answers(self) -> bool:
        return await greets(self.address.host, self.address.port)


def address_in(folder: Path, host: str, port: int) -> Address:
    """Return the address of a database whose passwords lie in `folder`."""
    root, exporter = (file_of(folder).read_text().strip() for file_of in (playout_file, sam_file))
    return Address(host, port, root, exporter)


@asynccontextmanager
async def mariadb(folder: Path, passwords: Path) -> AsyncIterator[tuple[MariaDB, asyncio.Task[None]]]:
    """Run it for the length of the block, which begins when it answers. Yields it and its task.

    What lies in `folder` from an earlier run stays. `passwords` is the folder in which they were made.
    """
    address = address_in(passwords, LOOPBACK, free_port())
    user = _give_to_mariadb(folder)
    program = Program(
        "MariaDB", _command(folder, address.port), folder / "mariadb.log", environment=_temporary(folder), user=user
    )
    _write_accounts(_accounts(folder), address.password, user)
    await _install(folder, user)
    server = MariaDB(program, address)
    task, up = asyncio.create_task(server.run()), asyncio.create_task(server.ready())
    try:
        await asyncio.wait([task, up], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield server, task
    finally:
        up.cancel()
        task.cancel()
        await asyncio.wait([task, up])


def _command(folder: Path, port: int) -> list[str]:
    return [
        find_program("mariadbd", "mysqld"), "--no-defaults", f"--datadir={folder / 'data'}", f"--port={port}",
        f"--bind-address={LOOPBACK}", f"--init-file={_accounts(folder)}", *SMALL,
        "--socket=socket", "--pid-file=pid",  # beside the data: a socket's path must be short
    ]  # fmt: skip


async def _install(folder: Path, user: str | None) -> None:
    """Make its own tables, at the first start."""
    if (folder / "data" / "mysql").exists():
        return
    argv = [
        find_program("mariadb-install-db", "mysql_install_db"), "--no-defaults", f"--datadir={folder / 'data'}",
        "--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=socket",
    ]  # fmt: skip
    installation = Program(
        "MariaDB's installation", argv, folder / "install.log", environment=_temporary(folder), user=user
    )
    process = await start(installation)
    if await process.wait():
        raise process.ended()


def _temporary(folder: Path) -> dict[str, str]:
    """Where temporary tables go: a MariaDB that starts removes all that it finds there, its neighbours' too."""
    return {"TMPDIR": str(folder)}


def _accounts(folder: Path) -> Path:
    return folder / "accounts.sql"


def _write_accounts(file: Path, password: str, user: str | None) -> None:
    """Write what it does at every start, before it takes connections: set root's password."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(
        f"CREATE OR REPLACE USER root@'{LOOPBACK}' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO root@'{LOOPBACK}' WITH GRANT OPTION;\n"
    )
    if user is not None:
        shutil.chown(file, user)


def _give_to_mariadb(folder: Path) -> str | None:
    """Make the folder and hand it to the account MariaDB will run as; None when we are not root."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return None
    known = {account.pw_name for account in pwd.getpwall()}
    user = next(name for name in UNPRIVILEGED if name in known)
    shutil.chown(folder, user)
    folder.parent.chmod(folder.parent.stat().st_mode | 0o011)  # the demo's own: who knows a name in it may pass
    if closed := [parent for parent in folder.parents if not parent.stat().st_mode & 0o001]:
        raise DemoError(
            f"MariaDB runs as {user}, who may not pass through {closed[-1]}:"
            " choose another --folder, or run the demo as an ordinary user"
        )
    return user
