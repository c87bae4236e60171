"""Asks one studio's database."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from exporter.config.schema_sam import SamDatabase
from exporter.errors import ParseError
from exporter.sam.database.connection import Connection
from exporter.sam.database.faults import TableLost
from exporter.sam.database.link import Link
from exporter.sam.database.notices import Notices
from exporter.sam.database.queries import categories, history, library, queue, requests
from exporter.sam.database.tables import Table, lacks
from exporter.sam.database.values import Values
from exporter.sam.reading import HistoryRow, Library, Now, RequestRow

T = TypeVar("T")

_TABLES: dict[str, tuple[Table, ...]] = {
    "history": history.TABLES,
    "queue": queue.TABLES,
    "requests": requests.TABLES,
    "library": library.TABLES,
    "categories": categories.TABLES,
}


class SamClient:
    """One studio's database, by a connection and a thread of its own. Every method raises PollError.

    A part that cannot be read (a table or a column is not there, or may not be read) is empty, and named in `missing`.

    Args:
        config: the studio's part of the configuration.
        beside: another client of the same studio, with which it shares `missing`: then nothing is said twice.
    """

    def __init__(self, config: SamDatabase, beside: "SamClient | None" = None) -> None:
        self._connection = Connection(config)
        self._values = Values(config)
        self.notices: Notices = beside.notices if beside else Notices(config.name)

    @property
    def missing(self) -> frozenset[str]:
        """The parts that could not be read when they were last asked for, of `PARTS`."""
        return self.notices.missing

    @property
    def warnings(self) -> int:
        """Values so far that could not be understood and were read as nothing."""
        return self._values.odd

    async def now(self) -> Now:
        """The newest row of the history, and the queue. ParseError if neither of them can be read."""
        return await self._connection.run(self._now)

    async def history(self, after: int, limit: int) -> list[HistoryRow] | None:
        """At most `limit` rows with an ID above `after`, in order. With `after` = ID - 1 that row is the first.

        None if they cannot be read, which is something else than that there are none.
        """
        return await self._part("history", lambda link: history.after(link, self._values, after, limit), None)

    async def requests(self, after: int, limit: int) -> list[RequestRow] | None:
        """At most `limit` requests with an ID above `after`, in order; None if they cannot be read."""
        return await self._part("requests", lambda link: requests.after(link, self._values, after, limit), None)

    async def requests_by_id(self, request_ids: Sequence[int]) -> list[RequestRow]:
        """Those of these (at most 500) that are still there, in order."""
        if not request_ids:
            return []
        return await self._part("requests", lambda link: requests.by_id(link, self._values, request_ids), [])

    async def newest_request(self) -> RequestRow | None:
        """The request with the highest ID."""
        return await self._part("requests", lambda link: requests.newest(link, self._values), None)

    async def library(self) -> Library:
        """Items by songtype, songs never played, and the categories of every item."""
        counts: Counter[str] = Counter()
        unplayed = 0
        for piece in await self._pieces("library", library.last, library.items, library.PIECE):
            counts += piece[0]
            unplayed += piece[1]
        members: dict[int, tuple[str, ...]] = {}
        for found in await self._pieces("categories", categories.last, categories.of_items, categories.PIECE):
            members |= found
        return Library(dict(counts), unplayed, members)

    async def close(self) -> None:
        """End connection and thread, also one that hangs."""
        await self._connection.close()

    async def _part(self, part: str, read: Callable[[Link], T], otherwise: T) -> T:
        return await self._connection.run(lambda link: self._read(link, part, read, otherwise))

    async def _pieces(
        self, part: str, last: Callable[[Link, Values], int], read: Callable[[Link, Values, int], T], size: int
    ) -> list[T]:
        """A table that may be large, each piece as a job of its own: others get their turn between them."""
        highest = await self._part(part, lambda link: last(link, self._values), 0)
        pieces: list[T] = []
        for above in range(0, highest, size):
            pieces += await self._part(part, partial(self._piece, read, above), [])
        return [] if part in self.missing else pieces

    def _piece(self, read: Callable[[Link, Values, int], T], above: int, link: Link) -> list[T]:
        return [read(link, self._values, above)]

    def _now(self, link: Link) -> Now:
        """In the thread, as everything below."""
        newest = self._read(link, "history", lambda link: history.newest(link, self._values), None)
        queued = self._read(link, "queue", lambda link: queue.read(link, self._values), None)
        if {"history", "queue"} <= self.missing:
            reason = self.notices.why("history")
            raise ParseError(f"neither history nor queue can be read ({reason}): check `database`, and what `user` may")
        return Now(newest, queued, self.missing)

    def _read(self, link: Link, part: str, read: Callable[[Link], T], otherwise: T) -> T:
        """What `read` gives, or `otherwise` if its tables are not as they must be."""
        try:
            reading = _twice(link, read)
        except TableLost as lost:
            self.notices.lost(part, str(lost))
            return otherwise
        self.notices.readable(part, lacks(link, _TABLES[part]))
        return reading


def _twice(link: Link, read: Callable[[Link], T]) -> T:
    """Once more with a new look at the columns: somebody may have altered a table since."""
    try:
        return read(link)
    except TableLost:
        link.forget_columns()
        return read(link)


def fingerprint(row: HistoryRow | RequestRow) -> int:
    """Of what SAM never changes in a row, as a signed number of 64 bits: it tells whether a table is the same one."""
    if isinstance(row, HistoryRow):
        lasting = ("history", row.history_id, row.song.song_id, row.played)
    else:
        lasting = ("request", row.request_id, row.song_id, row.asked)
    digest = hashlib.blake2b(repr(lasting).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
