"""What a part needs of SAM's tables, and what it can do without: versions and relatives of SAM differ."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from exporter.sam.database.faults import TableLost
from exporter.sam.database.link import Link


class Table(Struct, frozen=True):
    """A table's columns by their own names; `optional` says what is lost without each."""

    name: str
    needed: tuple[str, ...]
    optional: Mapping[str, str] = field(default_factory=dict)
    loss: str = ""
    """Of the whole table; empty = the part is nothing without it."""


def require(link: Link, table: Table) -> frozenset[str]:
    """The columns that are there, in lower case; TableLost if one that is needed is not."""
    there = link.columns(table.name)
    lacking = [column for column in table.needed if column.lower() not in there]
    if lacking:
        link.forget_columns(table.name)  # it may be put right before the next look
        raise TableLost(f"{table.name} has no column {', '.join(lacking)}")
    return there


def present(link: Link, table: Table) -> frozenset[str]:
    """As `require`, but a table that can be done without has no columns if it cannot be read."""
    try:
        return require(link, table)
    except TableLost:
        return frozenset()


def lacks(link: Link, tables: Sequence[Table]) -> str:
    """One sentence on what is lost for want of optional tables and columns; empty if all are there."""
    return "; ".join(said for table in tables if (said := _lacks(link, table)))


def _lacks(link: Link, table: Table) -> str:
    try:
        there = require(link, table)
    except TableLost as lost:
        return f"{lost} ({table.loss})"
    lacking = [column for column in table.optional if column.lower() not in there]
    losses = ", ".join(dict.fromkeys(table.optional[column] for column in lacking))
    return f"{table.name} has no column {', '.join(lacking)} ({losses})" if lacking else ""
