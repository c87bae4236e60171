"""Listeners' requests as what the exporter's counters would have shown, had it watched.

When something became of a request is not written: a refusal counts when it was asked for, as does one that was ignored;
one that was played, when its play began, and one that expired, when it did.
"""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from exporter.backfill.sam_span import Order, Span
from exporter.backfill.sam_spool import Spool
from exporter.sam.clocks import to_unix
from exporter.sam.families import REQUESTS
from exporter.sam.log.outcomes import ACCEPTED, accepted, outcome
from exporter.sam.reading import RequestRow
from exporter.store.requests import PENDING

FAMILIES = (REQUESTS,)


class Requests:
    """The requests of a studio.

    Args:
        zone: of the playout computer's clock.
        expire: milliseconds after which an accepted request that was not played has expired.
        fulfilled: when plays of requests began, by the request's number.
    """

    def __init__(
        self, zone: ZoneInfo, expire: int, fulfilled: Mapping[int, tuple[int, ...]], span: Span, spool: Spool
    ) -> None:
        self.order = Order(span)
        self._zone, self._expire, self._fulfilled, self._span, self._spool = zone, expire, fulfilled, span, spool
        self._latest: int | None = None
        self._coming: list[tuple[int, str]] = []

    def take(self, rows: Sequence[RequestRow]) -> None:
        """These come next."""
        asked = [self._asked(row) for row in rows]
        for row, moment, at in zip(rows, asked, self.order.place(asked), strict=True):
            if at is not None:
                self._count_up_to(at)
                self._request(row, moment, at)

    def end(self) -> None:
        """Nothing follows: count what came of the last ones."""
        self._count_up_to(self._span.until)

    def _asked(self, row: RequestRow) -> int | None:
        asked = None if row.asked is None else to_unix(row.asked, self._zone, self._latest)
        self._latest = self._latest if asked is None else asked
        return asked

    def _request(self, row: RequestRow, asked: int | None, at: int) -> None:
        became = outcome(row.code, row.status, None if asked is None else self._span.until - asked, self._expire)
        played = self._played(row.request_id, asked)
        if became == "expired" and played is not None:
            became = "played"  # a play says so, though the playout forgot to
        if accepted(row.code, became):
            self._spool.add(REQUESTS, ACCEPTED, 1, at)
        if became == "played" and played is not None:
            heappush(self._coming, (max(at, played), became))
        elif became == "expired" and asked is not None:
            heappush(self._coming, (max(at, asked + self._expire), became))
        elif became != PENDING:
            self._spool.add(REQUESTS, became, 1, at)

    def _played(self, request_id: int, asked: int | None) -> int | None:
        """When its play began: a play before it was of an earlier request with this number."""
        starts = self._fulfilled.get(request_id, ())
        return min((start for start in starts if asked is not None and start >= asked), default=None)

    def _count_up_to(self, moment: int) -> None:
        while self._coming and self._coming[0][0] <= moment:
            at, became = heappop(self._coming)
            self._spool.add(REQUESTS, became, 1, at)
