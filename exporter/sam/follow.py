"""Follows a table that only grows, and notices when it is another one than before.

Every look begins at the last row that was read: if that is still what it was, what comes behind it is new. If it is
not, the table was emptied or exchanged, and is read anew from its beginning; what the log has already is known there.
"""

import logging
from collections.abc import Sequence
from typing import Generic, Literal, Protocol, TypeVar

from exporter.sam.database.client import SamClient, fingerprint
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.reading import HistoryRow, RequestRow

R = TypeVar("R", HistoryRow, RequestRow)
Disruption = Literal["reset", "replaced"]

log = logging.getLogger(__name__)


class Table(Protocol[R]):
    """A table in the playout's database, and the log of it in the store."""

    name: str

    async def read(self, client: SamClient, after: int, limit: int) -> list[R] | None:
        """Rows behind a number, in order; None if they cannot be read; PollError."""
        ...

    def number(self, row: R) -> int:
        """Its ID."""
        ...

    def mark(self) -> tuple[int, int]:
        """The last row that was read, 0 = none; and its fingerprint."""
        ...

    async def append(self, rows: Sequence[R], mark: int, now: int) -> None:
        """Add rows to the log; StoreFailed."""
        ...

    async def disrupted(self, kind: Disruption) -> None:
        """Begin at the beginning again; StoreFailed."""
        ...


class Follower(Generic[R]):
    """One table of one studio."""

    def __init__(self, studio: str, table: Table[R]) -> None:
        self._studio = studio
        self._table: Table[R] = table

    async def look(self, client: SamClient, limit: int, now: int) -> bool:
        """Take what is new, `limit` rows at most; whether there may be more. PollError, StoreFailed."""
        last, mark = self._table.mark()
        rows = await self._table.read(client, last - 1 if last else 0, limit + 1)
        if rows is None:
            return False
        if last and not self._same(rows, last, mark):
            await self._begin_anew(rows, last)
            return True
        fresh = rows[1:] if last else rows[:limit]
        if fresh:
            # With the row that is known: it has the listeners at its start, if nobody has measured them.
            await self._table.append(rows if last else fresh, fingerprint(fresh[-1]), now)
        return len(fresh) == limit

    def _same(self, rows: Sequence[R], last: int, mark: int) -> bool:
        return bool(rows) and self._table.number(rows[0]) == last and fingerprint(rows[0]) == mark

    async def _begin_anew(self, rows: Sequence[R], last: int) -> None:
        """No row from the last one on: it was emptied, or goes less far. Another row: it is another table."""
        kind: Disruption = "replaced" if rows else "reset"
        what = "is another one than before" if rows else f"ends before row {last}, which it had"
        log.warning("sam/%s: the %s %s: it is read anew from its beginning", self._studio, self._table.name, what)
        await self._table.disrupted(kind)


class HistoryTable:
    """`historylist` and the play log."""

    name = "history"

    def __init__(self, plays: PlayLog) -> None:
        self._plays = plays

    async def read(self, client: SamClient, after: int, limit: int) -> list[HistoryRow] | None:
        """Rows behind a number, in order."""
        return await client.history(after, limit)

    def number(self, row: HistoryRow) -> int:
        """Its ID."""
        return row.history_id

    def mark(self) -> tuple[int, int]:
        """The last row of the log."""
        return self._plays.history_id, self._plays.history_mark

    async def append(self, rows: Sequence[HistoryRow], mark: int, _now: int) -> None:
        """Add plays."""
        await self._plays.append(rows, mark)

    async def disrupted(self, kind: Disruption) -> None:
        """The next generation."""
        await self._plays.disrupted(kind, 0, 0)


class RequestTable:
    """`requestlist` and the log of requests."""

    name = "requests"

    def __init__(self, requests: RequestLog) -> None:
        self._requests = requests

    async def read(self, client: SamClient, after: int, limit: int) -> list[RequestRow] | None:
        """Rows behind a number, in order."""
        return await client.requests(after, limit)

    def number(self, row: RequestRow) -> int:
        """Its ID."""
        return row.request_id

    def mark(self) -> tuple[int, int]:
        """The last row of the log."""
        return self._requests.request_id, self._requests.request_mark

    async def append(self, rows: Sequence[RequestRow], mark: int, now: int) -> None:
        """Add requests."""
        await self._requests.append(rows, now, mark)

    async def disrupted(self, _kind: Disruption) -> None:
        """The next generation."""
        await self._requests.disrupted()
