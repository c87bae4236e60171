"""A real MariaDB on loopback for the whole test run, with a database of its own for whoever asks."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pymysql
import pytest

from demo.ports import free_port
from tests.services import PATH, need

ACCOUNT = "nobody"
"""Who runs it where the tests run as root: MariaDB refuses to be root."""


@dataclass
class MariaDB:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    _numbers: Iterator[int] = field(default_factory=count)

    def new(self) -> str:
        """The URL of a new, empty database."""
        name = f"radio_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives."""
        with (
            pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return list(cursor.fetchall())

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def start_again(self, *options: str) -> None:
        """On the same port and files; return when it answers."""
        argv = [*self.process.args, *options]  # type: ignore[misc]
        self.process = subprocess.Popen(
            argv, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                self.run("SELECT 1")
            except pymysql.err.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the database server did not come back")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_RUNNING = pytest.StashKey[MariaDB]()


@pytest.fixture(scope="session")
def mariadb(request: pytest.FixtureRequest) -> MariaDB:
    """The one of this test run, started by whoever asks first."""
    need("mariadbd|mysqld", "mariadb-install-db|mysql_install_db")
    config = request.config
    if _RUNNING not in config.stash:
        folder = Path(tempfile.mkdtemp(prefix="mariadb-", dir="/tmp"))
        server = config.stash[_RUNNING] = started(folder)
        config.add_cleanup(lambda: (server.stop(), shutil.rmtree(folder, ignore_errors=True)))
    return config.stash[_RUNNING]


@contextmanager
def own_server() -> Iterator[MariaDB]:
    """One for the length of the block, which may be killed."""
    need("mariadbd|mysqld", "mariadb-install-db|mysql_install_db")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-", dir="/tmp"))
    server = started(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def started(folder: Path) -> MariaDB:
    """One with its files in a folder."""
    user = []
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
        user = [f"--user={ACCOUNT}"]
    data = f"--datadir={folder / 'data'}"
    install = [program("mariadb-install-db", "mysql_install_db"), "--no-defaults", data, *user]
    # Of its own: one that starts removes all temporary tables that it finds, also those of its neighbours.
    environment = {**os.environ, "TMPDIR": str(folder)}
    installed = subprocess.run(
        [*install, "--auth-root-authentication-method=normal", "--skip-test-db"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
    )  # fmt: skip
    assert installed.returncode == 0, installed.stdout[-2000:]
    port = free_port()
    log = (folder / "log").open("wb")
    with log:
        server = subprocess.Popen(
            [
                program("mariadbd", "mysqld"), "--no-defaults", data, *user, f"--port={port}", "--bind-address=127.0.0.1",
                f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=64M",
                "--skip-name-resolve",
            ],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    running = MariaDB(port, server, environment)
    for _ in range(300):
        assert server.poll() is None, (folder / "log").read_text(errors="replace")[-2000:]
        try:
            running.run("SELECT 1")
        except pymysql.err.OperationalError:
            time.sleep(0.1)
        else:
            return running
    running.stop()
    pytest.fail((folder / "log").read_text(errors="replace")[-2000:])


def program(*names: str) -> str:
    """The path of the first that is installed."""
    return next(found for name in names if (found := shutil.which(name, path=PATH)))
