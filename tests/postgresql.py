"""A real PostgreSQL on loopback for the whole test run, with a database of its own for whoever asks."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from demo.ports import free_port
from tests.services import PATH, need

ACCOUNT = "nobody"
"""Who runs it where the tests run as root: PostgreSQL refuses to be root."""

FOLDERS = "/usr/lib/postgresql"
"""Where Debian keeps the programs, by version, outside of the PATH."""


@dataclass
class PostgreSQL:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=count)

    def new(self) -> str:
        """The URL of a new, empty database."""
        name = f"radio_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0".encode())
        return f"postgresql+psycopg://radio@127.0.0.1:{self.port}/{name}"

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the superuser's."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user="radio", dbname="postgres", autocommit=True)

    def stop(self) -> None:
        """End it, whoever is connected."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_RUNNING = pytest.StashKey[PostgreSQL]()


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> PostgreSQL:
    """The one of this test run, started by whoever asks first."""
    config = request.config
    if _RUNNING not in config.stash:
        folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir="/tmp"))
        server = config.stash[_RUNNING] = started(folder)
        config.add_cleanup(lambda: (server.stop(), shutil.rmtree(folder, ignore_errors=True)))
    return config.stash[_RUNNING]


def started(folder: Path) -> PostgreSQL:
    """One with its files in a folder."""
    path = os.pathsep.join([PATH, *(str(place) for place in sorted(Path(FOLDERS).glob("*/bin"), reverse=True))])
    need("initdb", "postgres", path=path)
    user = ACCOUNT if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()
    initdb, postgres = (shutil.which(name, path=path) or name for name in ("initdb", "postgres"))
    made = subprocess.run(
        [initdb, "-D", data, "-U", "radio", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, user=user, cwd=folder,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout[-2000:]
    log = (folder / "log").open("wb")
    with log:
        server = subprocess.Popen(
            [postgres, "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"],
            stdout=log, stderr=log, user=user, cwd=folder,
        )  # fmt: skip
    running = PostgreSQL(port, server)
    for _ in range(300):
        assert server.poll() is None, (folder / "log").read_text(errors="replace")[-2000:]
        try:
            running.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return running
    running.stop()
    pytest.fail((folder / "log").read_text(errors="replace")[-2000:])
