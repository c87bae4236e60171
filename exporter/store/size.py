"""How much the database holds: rows by table, bytes, and how long the oldest rows have outstayed their retention."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, func, select, text

from exporter.store.schema import metadata

COUNTED_UP_TO = 100_000
"""Rows beyond which the estimate of a database server is good enough: counting reads the whole table."""


class Expiry(NamedTuple):
    """Rows of `table` with a time in `column` before `moment` should be gone.

    Attributes:
        cleared: the rows stay, and what stands in that column of theirs goes; also where there is no time.
        per_millisecond: how many units of `column` and `moment` a millisecond has.
    """

    table: Table
    column: Column[Any]
    moment: int
    cleared: Column[Any] | None = None
    per_millisecond: int = 1


@dataclass(frozen=True, slots=True)
class Size:
    """Rows by table, bytes on the disk, and by table the seconds since when its oldest row should have gone."""

    rows: Mapping[str, int]
    size: int
    lag: Mapping[str, float]


def measure(connection: Connection, expiries: Iterable[Expiry]) -> Size:
    """Measure everything."""
    _, size = _HOW[connection.dialect.name]
    return Size(rows(connection), int(connection.scalar(text(size)) or 0), dict(_lags(connection, expiries)))


def rows(connection: Connection) -> dict[str, int]:
    """Rows of every table: counted, or as many as a database server believes where they are very many."""
    estimates, _ = _HOW[connection.dialect.name]
    believed = estimates(connection)
    many = {name: number for name, number in believed.items() if number > COUNTED_UP_TO}
    return {table.name: many.get(table.name) or _counted(connection, table) for table in metadata.sorted_tables}


def _counted(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _lags(connection: Connection, expiries: Iterable[Expiry]) -> Iterable[tuple[str, float]]:
    for table, column, moment, cleared, units in expiries:
        query = select(func.min(column))
        oldest = connection.scalar(query if cleared is None else query.where(filled(cleared)))
        yield table.name, max(0, moment - oldest) / units / 1000 if oldest is not None else 0.0


def filled(column: Column[Any]) -> ColumnElement[bool]:
    """Where a column of hashes is not null. An index finds it so on every database; IS NOT NULL not on SQLite."""
    return column > b""


def _believed(query: str) -> Callable[[Connection], dict[str, int]]:
    return lambda connection: {name: int(number or 0) for name, number in connection.execute(text(query))}


_OF_MYSQL = "FROM information_schema.tables WHERE table_schema = DATABASE()"

_MYSQL = _believed(f"SELECT table_name, table_rows {_OF_MYSQL}"), f"SELECT SUM(data_length + index_length) {_OF_MYSQL}"

_HOW: dict[str, tuple[Callable[[Connection], dict[str, int]], str]] = {
    # SQLite counts a million rows in some 50 ms, and this is a reader, which holds nobody up.
    "sqlite": (lambda _: {}, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "postgresql": (
        _believed("SELECT relname, reltuples FROM pg_class WHERE relnamespace = current_schema()::regnamespace"),
        "SELECT pg_database_size(current_database())",
    ),
}
