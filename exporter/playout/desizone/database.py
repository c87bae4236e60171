"""What is new in DesiZone Broadcaster's database. In a thread: files can hang."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from exporter.clock import milliseconds
from exporter.event import Event
from exporter.playout.desizone import beside, event_log
from exporter.playout.desizone.snapshots import Snapshots, reports
from exporter.playout.desizone.watermark import Watermark
from exporter.playout.reading import Report


class Found(Struct, frozen=True):
    """What is new.

    Attributes:
        reports: of its health; `reported` is called when they were taken.
        events: of its log; `remember` is called, in a thread, when they are kept.
        broken: rows of the log that say nothing.
        log_trouble: why the log could not be read; None = it could be, or is not wanted.
    """

    reports: Sequence[Report]
    events: Sequence[Event]
    broken: int
    log_trouble: str | None
    reported: Callable[[], None]
    remember: Callable[[], None]


class _Rows(Struct, frozen=True):
    """What stands in the tables: new rows of health and of the log, how far the log reaches, why it does not."""

    health: Sequence[Any]
    log: Sequence[Any] = ()
    reached: int | None = None
    log_trouble: str | None = None


class DesiZone:
    """Reads health and events, a part of a millisecond each time.

    Args:
        path: of the file.
        engine: its configured name.
        state: the exporter's own folder; None = events are not read.
    """

    def __init__(self, path: Path, engine: str, state: Path | None) -> None:
        self._path, self._engine = path, engine
        self._snapshots = Snapshots()
        self._watermark = None if state is None else Watermark(state, engine)
        self._rowid: int | None = None

    def read(self) -> Found:
        """What is new; raises what `beside.read` raises."""
        if self._watermark is not None and self._rowid is None:
            self._rowid = self._watermark.read()
        rows = beside.read(self._path, self._query)
        now = milliseconds()
        happened, broken = event_log.events(rows.log, self._engine, now)
        return Found(
            list(reports(rows.health, now)),
            happened,
            broken,
            rows.log_trouble,
            partial(self._snapshots.remember, rows.health),
            partial(self._remember, rows.reached),
        )

    def _remember(self, reached: int | None) -> None:
        if self._watermark is not None and reached is not None and reached != self._rowid:
            self._rowid = reached
            self._watermark.write(reached)

    def _query(self, connection: sqlite3.Connection) -> _Rows:
        health = self._snapshots.new(connection)
        if self._watermark is None or not _has(connection, event_log.TABLE):
            return _Rows(health)
        try:
            return _Rows(health, *event_log.after(connection, self._rowid))
        except sqlite3.OperationalError as error:
            if "no such column" not in str(error):
                raise
            return _Rows(health, log_trouble="it is not DesiZone's: a column is missing")


def _has(connection: sqlite3.Connection, table: str) -> bool:
    """An older engine has no event log; its health is read all the same."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is not None
