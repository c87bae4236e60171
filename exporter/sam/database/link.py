"""An open connection to a playout's database that cannot hurt it: it only reads, and gives up before anybody waits."""

import logging
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import pymysql

from exporter.config.schema_sam import SamDatabase, SamTls
from exporter.errors import ConnectionFailed
from exporter.sam.database.faults import RAISED_BY_DRIVER, told_apart

Row = tuple[Any, ...]

log = logging.getLogger(__name__)

CONNECT, STATEMENT, READ = 1 / 3, 0.7, 0.85
"""Shares of a poll's deadline: one address to connect to, one statement on the server, one answer from the network."""

SHORTEST_IDLE = 60
"""Seconds for which the server keeps a connection that asks nothing, at least."""

_UNKNOWN_SETTING = (1064, 1193, 1227, 1229, 1231, 1232, 1238)


class Link:
    """A connection and what is known of the tables behind it. For one thread."""

    def __init__(self, driver: "pymysql.Connection[Any]") -> None:
        self._driver = driver
        self._columns: dict[str, frozenset[str]] = {}

    def rows(self, tables: str, statement: str, *values: object) -> Sequence[Row]:
        """What a SELECT gives; PollError, or TableLost with `tables` in its sentence."""
        try:
            with self._driver.cursor() as cursor:
                cursor.execute(statement, values)
                return tuple(cursor.fetchall())
        except RAISED_BY_DRIVER as error:
            raise told_apart(error, tables) from None

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table, in lower case, as they were when it was first asked for; raises as `rows`."""
        if table not in self._columns:
            rows = self.rows(table, f"SHOW COLUMNS FROM {table}")
            self._columns[table] = frozenset(str(row[0]).lower() for row in rows)
        return self._columns[table]

    def forget_columns(self, table: str | None = None) -> None:
        """Look again: somebody may have altered it; None = any of them."""
        if table is None:
            self._columns.clear()
        self._columns.pop(table or "", None)

    def close(self) -> None:
        """Take leave of the server."""
        if self._driver.open:
            self._driver.close()


def idle_time(config: SamDatabase) -> float:
    """Seconds after which the server drops a connection that asks nothing."""
    return max(SHORTEST_IDLE, 3 * config.interval)


def open_link(config: SamDatabase, connected: socket.socket) -> Link:
    """Log in over a connected socket, which is closed if that fails; PollError."""
    try:
        driver = _driver(config)
    except OSError:
        connected.close()
        raise ConnectionFailed("`tls.ca_file` cannot be read, or is no certificate in PEM") from None
    try:
        driver.connect(connected)
        for setting in _settings(config):
            _set(driver, setting)
    except RAISED_BY_DRIVER as error:
        connected.close()
        raise told_apart(error) from None
    return Link(driver)


def _driver(config: SamDatabase) -> "pymysql.Connection[Any]":
    """Not connected yet."""
    return pymysql.connect(
        host=config.host,
        user=config.user,
        # As bytes: the driver would take a password for latin1.
        password=config.password.reveal().encode() if config.password else b"",
        database=config.database,
        charset="utf8mb4",
        sql_mode="",
        autocommit=True,
        read_timeout=READ * config.deadline,
        write_timeout=READ * config.deadline,
        ssl=tls_context(config.tls) if config.tls.enabled else None,
        ssl_disabled=not config.tls.enabled,
        program_name="radio-exporter",
        defer_connect=True,
    )


def tls_context(tls: SamTls) -> ssl.SSLContext:
    """Whom to trust; OSError if `ca_file` cannot be used."""
    context = ssl.create_default_context(cafile=tls.ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificates MySQL makes for itself are not strict
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _settings(config: SamDatabase) -> tuple[str, ...]:
    """What keeps us harmless. MySQL and MariaDB each know some of it, by their version."""
    seconds = STATEMENT * config.deadline
    whole = max(1, int(seconds))
    return (
        f"max_statement_time = {seconds:.3f}",  # MariaDB
        f"max_execution_time = {max(1, int(1000 * seconds))}",  # MySQL
        f"lock_wait_timeout = {whole}",
        "TRANSACTION READ ONLY",
        f"net_write_timeout = {whole}",
        f"net_read_timeout = {whole}",
        f"wait_timeout = {int(idle_time(config))}",
    )


def _set(driver: "pymysql.Connection[Any]", setting: str) -> None:
    try:
        with driver.cursor() as cursor:
            cursor.execute(f"SET SESSION {setting}")
    except pymysql.err.Error as error:
        if not error.args or error.args[0] not in _UNKNOWN_SETTING:
            raise
        log.debug("the database server does not know %s", setting.partition(" = ")[0])
