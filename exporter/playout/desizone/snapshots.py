"""The rows of `system_health_snapshots`, as reports.

Source: the published source of DesiZone Broadcaster, src-tauri/src/analytics/health_monitor.rs: a row every 5 s.
`active_encoders` is a number there; a list of names is understood too.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from exporter.config.schema_playout import Field
from exporter.names import is_name
from exporter.playout.reading import ALL, Draft, Report

MOST_ROWS = 120
"""Rows at once: a minute of them, should there be two a second."""

FIGURES: tuple[tuple[Field, str, float], ...] = (
    ("cpu", "", 0.01),
    ("memory", "", 1e6),
    ("deck_fill", "a", 1.0),
    ("deck_fill", "b", 1.0),
    ("deck_latency", ALL, 0.001),
    ("stream_connected", "", 1.0),
    ("mysql_connected", "", 1.0),
)
"""What the columns after `active_encoders` are: of which deck, and what to multiply with."""

SELECT = (
    "SELECT rowid, timestamp, active_encoders, cpu_pct, memory_mb, ring_buffer_fill_deck_a, ring_buffer_fill_deck_b,"
    " decoder_latency_ms, stream_connected, mysql_connected"
    " FROM system_health_snapshots ORDER BY rowid DESC LIMIT ?"
)
"""By rowid, for there is no index over the timestamps."""


class Snapshots:
    """Remembers how far it has read."""

    def __init__(self) -> None:
        self._read = -1

    def new(self, connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
        """The rows since the last time, oldest first; at first, and when the table began anew, the latest."""
        rows = connection.execute(SELECT, (MOST_ROWS,)).fetchall()[::-1]
        if not rows or rows[-1][0] < self._read:
            return rows
        return [row for row in rows if row[0] > self._read]

    def remember(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """These were reported."""
        if rows:
            self._read = rows[-1][0]


def reports(rows: Sequence[tuple[Any, ...]], now: int) -> Iterator[Report]:
    """Each row as a report; `now` in Unix milliseconds. What is no number is passed over and counted."""
    for _, timestamp, encoders, *values in rows:
        draft = Draft(now)
        draft.time(_number(timestamp))
        for (field, deck, factor), value in zip(FIGURES, values, strict=True):
            if value is not None:
                draft.put(field, factor * _number(value), deck)
        _encoders(draft, encoders)
        yield draft.report()


def _encoders(draft: Draft, said: Any) -> None:
    """How many run, or their names."""
    if isinstance(said, str) and not said.strip().isdecimal():
        names = [name for name in said.strip("[] ").replace('"', " ").replace(",", " ").split() if is_name(name)]
        draft.put("encoders_active", float(len(names)))
        for name in names:
            draft.put("encoder_up", 1.0, name)
    elif said is not None:
        draft.put("encoders_active", _number(said))


def _number(value: Any) -> float:
    """A number; not-a-number, which a draft counts, if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")
