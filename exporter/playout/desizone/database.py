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
    """

    reports: Sequence[Report]
    events: Sequence[Event]
    broken: int
    reported: Callable[[], None]
    remember: Callable[[], None]


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
        rows, log, reached = beside.read(self._path, self._query)
        now = milliseconds()
        happened, broken = event_log.events(log, self._engine, now)

        def remember() -> None:
            if self._watermark is not None and reached is not None and reached != self._rowid:
                self._rowid = reached
                self._watermark.write(reached)

        return Found(list(reports(rows, now)), happened, broken, partial(self._snapshots.remember, rows), remember)

    def _query(self, connection: sqlite3.Connection) -> tuple[list[Any], list[Any], int | None]:
        rows = self._snapshots.new(connection)
        if self._watermark is None or not _has(connection, event_log.TABLE):
            return rows, [], None
        return rows, *event_log.after(connection, self._rowid)


def _has(connection: sqlite3.Connection, table: str) -> bool:
    """An older engine has no event log; its health is read all the same."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is not None
