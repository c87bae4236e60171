"""One database behind a URL: a thread that writes, two that read, and every way to fail as one plain phrase."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from exporter.errors import ConfigError, RowsRefused, StoreFailed

T = TypeVar("T")

log = logging.getLogger(__name__)

CONNECT_WITHIN = 3
"""Seconds to reach a database server."""

WRITE_WITHIN = 20
"""Seconds for one statement that writes: a thread cannot be cancelled, so it has its own limit."""

READ_WITHIN = 30
"""Seconds for one statement of a report."""

READERS = 2

_MYSQL = {"connect_timeout": CONNECT_WITHIN, "read_timeout": WRITE_WITHIN, "write_timeout": WRITE_WITHIN}
_POSTGRESQL = {
    "connect_timeout": CONNECT_WITHIN,
    "client_encoding": "utf8",
    "options": f"-c statement_timeout={WRITE_WITHIN * 1000}",
}

DRIVERS: dict[str, tuple[str, dict[str, Any]]] = {
    # What makes every driver take its values in order, as tuples: named ones cost three times as much.
    "sqlite": ("qmark", {"timeout": 5}),
    "mysql+pymysql": ("format", _MYSQL | {"charset": "utf8mb4"}),
    "mariadb+pymysql": ("format", _MYSQL | {"charset": "utf8mb4"}),
    "postgresql+psycopg": ("format", _POSTGRESQL),
}

# What the drivers say, and what the operator should read instead: never the driver's own words, which hold addresses.
_PHRASES = (
    ("database is locked", "the database is locked by another program"),
    ("disk is full", "the disk is full"),
    ("disk i/o error", "the disk cannot be read or written"),
    ("readonly database", "the database cannot be written: check the permissions of state_dir"),
    ("unable to open database file", "the database file cannot be opened: check state_dir and its permissions"),
    ("malformed", "the database file is damaged: restore it, or move it away to begin anew"),
    ("not a database", "the file is no SQLite database: move it away"),
    ("access denied", "the database server refuses user or password"),
    ("password authentication failed", "the database server refuses user or password"),
    ("unknown database", "there is no such database on the server: create it"),
    ("does not exist", "there is no such database, user or table on the server"),
    ("can't connect", "the database server cannot be reached"),
    ("connection refused", "the database server cannot be reached"),
    ("connection failed", "the database server cannot be reached"),
    ("lost connection", "the connection to the database broke"),
    ("gone away", "the connection to the database broke"),
    ("server closed the connection", "the connection to the database broke"),
    ("interrupted", f"the query took longer than {READ_WITHIN} s: ask for less"),
    ("timed out", "the database did not answer in time"),
    ("timeout", "the database did not answer in time"),
)


def database_url(configured: str | None, state_dir: Path) -> URL:
    """The URL of the configured database, or of SQLite's file in the state directory; ConfigError if it is none."""
    if configured in (None, "", "sqlite"):
        return URL.create("sqlite", database=str(state_dir / "radio.db"))
    known = "sqlite, mysql+pymysql://user:password@host/name or postgresql+psycopg://user:password@host/name"
    try:
        url = make_url(configured or "")
    except (SQLAlchemyError, ValueError):
        url = None
    if url is None or url.drivername not in DRIVERS:
        raise ConfigError("configuration", f"is no database this exporter knows: write {known}", place="store.url")
    return url


class Database:
    """A database that is opened on first use.

    `write` runs in one thread, one transaction after the other. `read` has connections of its own: on SQLite a reader
    neither waits for the writer nor holds it up (WAL).
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._writing, self._reading = _engine(url, 1), _engine(url, READERS)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    @property
    def dialect(self) -> sqlalchemy.Dialect:
        """How the database wants its statements."""
        return self._writing.dialect

    @property
    def file(self) -> Path | None:
        """SQLite's file."""
        return Path(self._url.database) if self._url.drivername == "sqlite" and self._url.database else None

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that is committed when this returns; StoreFailed if it is not.

        RowsRefused if the database is well and its rows are what it does not take.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self.write_now, work)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` in a transaction of a reader, READ_WITHIN seconds for each of its statements; or StoreFailed."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, query)

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, in this thread."""
        try:
            with self._writing.begin() as connection:
                return work(connection)
        except (DataError, IntegrityError, UnicodeError, OverflowError) as error:
            raise RowsRefused(plain(error)) from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreFailed(plain(error)) from error

    def read_now(self, query: Callable[[Connection], T]) -> T:
        """As `read`, in this thread."""
        try:
            with self._reading.connect() as connection:
                _limit(connection)
                return query(connection)
        except (SQLAlchemyError, OSError) as error:
            raise StoreFailed(plain(error)) from error

    async def close(self) -> None:
        """End the threads and the connections."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """As `close`, in this thread."""
        for executor in (self._writer, self._readers):
            executor.shutdown(wait=True)
        for engine in (self._writing, self._reading):
            engine.dispose()


def plain(error: Exception) -> str:
    """What went wrong, without the database's address, the statement and its values."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for words, phrase in _PHRASES:
        if words in said:
            return phrase
    return f"the database failed ({type(error).__name__})"


def _engine(url: URL, connections: int) -> Engine:
    paramstyle, arguments = DRIVERS[url.drivername]
    if connections > 1 and "read_timeout" in arguments:
        # The server is the first to give a reader up: one that is only left goes on with its query.
        arguments = arguments | {"read_timeout": READ_WITHIN + CONNECT_WITHIN}
    sqlite = url.drivername == "sqlite"
    engine = sqlalchemy.create_engine(
        url,
        paramstyle=paramstyle,
        connect_args=arguments | ({"check_same_thread": False} if sqlite else {}),
        poolclass=sqlalchemy.QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=not sqlite,
        hide_parameters=True,  # an error must not quote rows
    )
    if sqlite:
        # One that writes takes the lock at once: to begin as a reader and then want more is what deadlocks.
        begin = "BEGIN IMMEDIATE" if connections == 1 else "BEGIN"
        sqlalchemy.event.listen(engine, "connect", _prepare_sqlite)
        sqlalchemy.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # acknowledged means kept, also when the power fails
        "cache_size=-16000",
        "temp_store=MEMORY",
        # A checkpoint of ours changes pages all over the index of keys: copied home less often, each is copied once.
        "wal_autocheckpoint=8000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _limit(connection: Connection) -> None:
    """Give the statements of a reader their time limit."""
    if connection.dialect.name == "sqlite":
        until = time.monotonic() + READ_WITHIN
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() > until, 50_000)
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {READ_WITHIN * 1000}")
    elif getattr(connection.dialect, "is_mariadb", False):
        connection.exec_driver_sql(f"SET SESSION max_statement_time = {READ_WITHIN}")
    else:
        connection.exec_driver_sql(f"SET SESSION max_execution_time = {READ_WITHIN * 1000}")
