"""Which rows of the roll-ups belong to a stretch of quarter-hours, so that the database finds them by the primary key.

The key begins with the quarter-hour. Of a single channel each quarter-hour is therefore asked for by name: a range
would read every other channel's rows with it.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table

from exporter.reports.calendar import Period

SLICE = 96
"""Quarter-hours that are read in one go: no query is long, whatever was asked for."""


def slices(period: Period) -> Iterator[range]:
    """Its quarter-hours, a day's worth at a time."""
    quarters = period.quarters()
    return (quarters[first : first + SLICE] for first in range(0, len(quarters), SLICE))


def within(table: Table, quarters: range, channel: str | None = None) -> list[ColumnElement[Any]]:
    """The conditions for these quarter-hours, of one channel or of all."""
    start = table.c.start
    if channel is None:
        return [start >= quarters.start, start < quarters.stop]
    return [start.in_(list(quarters)), table.c.channel == channel]
