"""Says which exporter a database belongs to: two that write into one would both count everything.

Of SQLite it is a lock on the file `exporter.lock` beside the database, of a server a named lock on a connection of its
own. Either goes with the process, however that ends. The commands beside the exporter see by it whether one is running.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError

from exporter.errors import ConfigError, StoreFailed
from exporter.store.database import DRIVERS, plain

FILE = "exporter.lock"
TRIED_FOR, TRY_EVERY = 5.0, 0.25
"""Seconds: one exporter that follows another may come before that has ended."""

LOOK_EVERY = 30.0
"""Seconds between two looks whether a database server still holds the lock."""


class _Lock(Protocol):
    def take(self) -> bool:
        """Whether it is ours now; StoreFailed if nobody can say."""
        ...

    def held(self) -> bool: ...

    def release(self) -> None: ...


class Claim:
    """The claim on the database behind a URL."""

    def __init__(self, url: URL) -> None:
        sqlite = url.drivername == "sqlite"
        self._lock: _Lock = _FileLock(Path(url.database or "").parent / FILE) if sqlite else _ServerLock(url)

    def try_take(self) -> bool:
        """Take it if nobody has it. False: an exporter is running there. StoreFailed if that cannot be known."""
        return self._lock.held() or self._lock.take()

    def release(self) -> None:
        """Let go of it."""
        self._lock.release()

    async def take(self, within: float = TRIED_FOR) -> None:
        """Take it for an exporter's life; ConfigError if another still has it after so many seconds.

        A database that cannot be reached is not claimed yet: see `keep`.
        """
        deadline = asyncio.get_running_loop().time() + within
        with suppress(StoreFailed):  # the exporter says so as soon as it wants to write
            while not await asyncio.to_thread(self.try_take):
                if asyncio.get_running_loop().time() > deadline:
                    raise ConfigError("store", TAKEN)
                await asyncio.sleep(TRY_EVERY)

    async def keep(self, lost: Callable[[str], None]) -> None:
        """Claim it again and again: a database server that was restarted has forgotten who held what.

        Args:
            lost: told why, while another has it.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY)
            with suppress(StoreFailed):
                if not await asyncio.to_thread(self.try_take):
                    lost(TAKEN)


TAKEN = "another exporter is running on the same database: stop it, or give each its own `state_dir` or `store.url`"


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreFailed(f"{self._path} cannot be opened ({error.strerror})") from error
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise StoreFailed(f"{self._path} cannot be locked ({error.strerror})") from error
        self._descriptor = descriptor
        return True

    def held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class _ServerLock:
    # MySQL's locks belong to the whole server, so the name holds the database (64 characters at most); PostgreSQL's
    # belong to the database and are numbers: this one is "radioexp".
    _ASK = (
        ("mysql", "SELECT GET_LOCK(CONCAT('radio-exporter ', MD5(DATABASE())), 0)"),
        ("mariadb", "SELECT GET_LOCK(CONCAT('radio-exporter ', MD5(DATABASE())), 0)"),
        ("postgresql", "SELECT CAST(pg_try_advisory_lock(8241991130240711024) AS integer)"),
    )

    def __init__(self, url: URL) -> None:
        self._ask = dict(self._ASK)[url.get_backend_name()]
        _, arguments = DRIVERS[url.drivername]
        self._engine = sqlalchemy.create_engine(
            url,
            connect_args=arguments,
            poolclass=sqlalchemy.NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._connection: Connection | None = None

    def take(self) -> bool:
        try:
            connection = self._engine.connect()
            if "GET_LOCK" in self._ask:  # a connection that says nothing for eight hours is closed otherwise
                connection.execute(text("SET SESSION wait_timeout = 2147483"))
            ours = connection.scalar(text(self._ask)) == 1
        except (SQLAlchemyError, OSError) as error:
            raise StoreFailed(plain(error)) from error
        if not ours:
            connection.close()
            return False
        self._connection = connection
        return True

    def held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.scalar(text("SELECT 1"))
        except (SQLAlchemyError, OSError):
            self.release()
        return self._connection is not None

    def release(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError, OSError):
                self._connection.close()
            self._connection = None
