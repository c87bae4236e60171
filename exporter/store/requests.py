"""What listeners asked for: how far a studio's requests were read, their rows, and the sums of those.

What is grouped by is computed in a query within: PostgreSQL takes two expressions with parameters for two.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, and_, bindparam, case, func, or_, select, update

from exporter.store.music import in_parts
from exporter.store.schema import erasure, play, request, studio
from exporter.store.upserts import Upsert

PENDING = "pending"
"""The outcome of those of whom nobody knows yet what becomes."""

RequestKey = tuple[int, int]
"""Generation and request_id: with the server, the key of a request."""


class RequestWriter:
    """Writes the requests of one studio; the statement is prepared once."""

    def __init__(self, dialect: Dialect, server: str) -> None:
        self._server = server
        self._requests = Upsert(dialect, request, only=("code", "outcome", "waited"))

    def write(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """New rows of the table, and rows that are there, whose code, outcome and wait may be others now."""
        self._requests.run(connection, _without_forgotten(connection, rows))

    def move(self, connection: Connection, moved: Sequence[tuple[RequestKey, RequestKey]]) -> None:
        """Requests of an earlier generation that this one shows again: the key they had, and have now."""
        if not moved:
            return
        row = request.c
        old = and_(row.generation == bindparam("old_generation"), row.request_id == bindparam("old_id"))
        new: dict[str, Any] = {"generation": bindparam("new_generation"), "request_id": bindparam("new_id")}
        names = ("old_generation", "old_id", "new_generation", "new_id")
        values = [dict(zip(names, (*was, *now), strict=True)) for was, now in moved]
        connection.execute(update(request).where(row.server == self._server, old).values(new), values)

    def read_up_to(self, connection: Connection, generation: int, request_id: int, mark: int) -> None:
        """How far the requests are read."""
        read = {"request_generation": generation, "request_id": request_id, "request_mark": mark}
        connection.execute(update(studio).where(studio.c.server == self._server).values(**read))


def _without_forgotten(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Nobody who has asked to be forgotten comes back because the playout still has the request."""
    hashes = list({row[-1] for row in rows} - {None})
    told = select(erasure.c.address, erasure.c.at).order_by(erasure.c.at)
    erased = {bytes(address): at for address, at in in_parts(connection, told, erasure.c.address, hashes)}
    if not erased:
        return rows
    asked, requester = (request.c.keys().index(name) for name in ("asked", "requester"))
    return [(*row[:-1], None) if (row[asked] or 0) <= erased.get(row[requester], -1) else row for row in rows]


def outcomes(connection: Connection, server: str, accepted_code: int) -> list[tuple[str, bool, int]]:
    """By outcome, and by whether the code is that of an accepted one: how many."""
    is_accepted = case((request.c.code == accepted_code, 1), else_=0).label("taken")
    rows = select(request.c.outcome, is_accepted).where(request.c.server == server).subquery().c
    query = select(rows.outcome, rows.taken, func.count()).group_by(rows.outcome, rows.taken)
    return [(outcome, bool(taken), count) for outcome, taken, count in connection.execute(query)]


def waits(connection: Connection, server: str, bounds: Sequence[int]) -> list[tuple[int, int, int]]:
    """By the number of the first bound (in ms) that is not below: how many had waited, and their sum in ms."""
    waited = request.c.waited
    place = case(*((waited <= bound, number) for number, bound in enumerate(bounds)), else_=len(bounds)).label("place")
    rows = select(place, waited).where(request.c.server == server, waited.is_not(None)).subquery().c
    query = select(rows.place, func.count(), func.sum(rows.waited)).group_by(rows.place)
    return [(number, count, int(total)) for number, count, total in connection.execute(query)]


def latest(connection: Connection, server: str, generation: int) -> int | None:
    """When the newest was asked for."""
    row = request.c
    of_table = and_(row.server == server, row.generation == generation, row.asked.is_not(None))
    return connection.scalar(select(row.asked).where(of_table).order_by(row.request_id.desc()).limit(1))


def open_ids(connection: Connection, server: str, generation: int, after: int, limit: int) -> list[int]:
    """Numbers of pending requests of a generation behind one of them, in order."""
    row = request.c
    these = and_(row.server == server, row.outcome == PENDING, row.generation == generation, row.request_id > after)
    return list(connection.scalars(select(row.request_id).where(these).order_by(row.request_id).limit(limit)))


def of_ids(connection: Connection, server: str, generation: int, ids: Sequence[int]) -> list[Any]:
    """Rows of a generation."""
    of_table = and_(request.c.server == server, request.c.generation == generation)
    return in_parts(connection, select(request).where(of_table), request.c.request_id, ids)


def older_than(connection: Connection, server: str, moment: int) -> list[Any]:
    """Pending requests that were asked for before a moment, or nobody knows when."""
    row = request.c
    too_old = or_(row.asked.is_(None), row.asked < moment)
    return list(connection.execute(select(request).where(row.server == server, row.outcome == PENDING, too_old)))


def earlier(
    connection: Connection, server: str, generation: int, moments: Sequence[int], ids: Sequence[int]
) -> list[Any]:
    """Rows of earlier generations: those asked for at one of these moments, and of these numbers without a time."""
    row = request.c
    query = select(request).where(row.server == server, row.generation < generation)
    query = query.order_by(row.generation, row.request_id)
    timeless = in_parts(connection, query.where(row.asked.is_(None)), row.request_id, ids)
    return timeless + in_parts(connection, query, row.asked, moments)


def waiting(connection: Connection, server: str, generation: int, ids: Sequence[int]) -> list[tuple[int, int]]:
    """Of those whose play was not seen yet: their number, and when they were asked for."""
    row = request.c
    of_table = and_(row.server == server, row.generation == generation)
    query = select(row.request_id, row.asked).where(of_table, row.waited.is_(None), row.asked.is_not(None))
    return [(number, asked) for number, asked in in_parts(connection, query, row.request_id, ids)]


def fulfil(connection: Connection, server: str, generation: int, waited: dict[int, int]) -> None:
    """Write how long these had waited for their play."""
    row = request.c
    this = and_(row.server == server, row.generation == generation, row.request_id == bindparam("of_request"))
    statement = update(request).where(this).values(waited=bindparam("milliseconds"))
    if waited:
        connection.execute(statement, [{"of_request": n, "milliseconds": ms} for n, ms in waited.items()])


def plays_asked_for(connection: Connection, server: str, first: int, last: int) -> list[tuple[int, int]]:
    """Plays between two moments that a listener asked for: the request's number and the start, in order of time."""
    row = play.c
    within = and_(row.server == server, row.started >= first, row.started <= last, row.request_id > 0)
    query = select(row.request_id, row.started).where(within).order_by(row.started)
    return [(number, started) for number, started in connection.execute(query)]
