"""Single sessions and plays, page by page in the order of an index: nothing is held while somebody reads slowly.

Every page is a query of its own that goes on behind the last row of the one before (keyset paging), so memory does not
grow with the export and a page costs the same at the end as at the beginning.
"""

from collections.abc import AsyncIterator
from datetime import tzinfo
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, and_, distinct, func, or_, select

from exporter.audience.facts import QUALIFIED
from exporter.reports.calendar import written
from exporter.reports.rows import ListenRow, SessionRow
from exporter.store.database import Database
from exporter.store.schema import listen, session

AT_ONCE = 1_000
"""Rows in a page."""

Cell = tuple[str, str]
"""Country and city."""

_SESSION = session.c
_SHOWN = (
    _SESSION.session_key, _SESSION.started, _SESSION.ended, _SESSION.server, _SESSION.channel, _SESSION.protocol,
    _SESSION.country, _SESSION.city, _SESSION.player, _SESSION.player_class, _SESSION.sent, _SESSION.reason,
    _SESSION.is_returning,
)  # fmt: skip


async def sessions(
    database: Database, zone: tzinfo, since: int, until: int, *, min_cell: int, returning: bool
) -> AsyncIterator[list[SessionRow]]:
    """Sessions of persons that ended in [since, until), in the order of their end.

    A city is named where at least `min_cell` different listeners of these sessions were.
    """
    cities = await database.read(partial(_cells, since=since, until=until, min_cell=min_cell))
    after = since, b""
    while rows := await database.read(partial(_sessions, until=until, after=after)):
        yield [_session(row, zone, cities, returning=returning) for row in rows]
        after = rows[-1].ended, rows[-1].session_key


async def listens(database: Database, zone: tzinfo, since: int, until: int) -> AsyncIterator[list[ListenRow]]:
    """Plays reported in [since, until), in the order of their time."""
    after = since, 0
    while rows := await database.read(partial(_listens, until=until, after=after)):
        yield [_listen(row, zone) for row in rows]
        after = rows[-1].at, rows[-1].id


def _ended(since: int, until: int) -> Any:
    return and_(_SESSION.ended >= since, _SESSION.ended < until, _SESSION.person, _SESSION.begun)


def _cells(connection: Connection, *, since: int, until: int, min_cell: int) -> frozenset[Cell]:
    """The cities from which enough listened not to point at anybody."""
    listeners = func.count(distinct(_SESSION.identity))
    query = (
        select(_SESSION.country, _SESSION.city)
        .where(_ended(since, until), _SESSION.city != "")
        .group_by(_SESSION.country, _SESSION.city)
        .having(listeners >= min_cell)
    )
    return frozenset((row.country, row.city) for row in connection.execute(query))


def _sessions(connection: Connection, *, until: int, after: tuple[int, bytes]) -> list[Row[Any]]:
    ended, key = after
    behind = or_(_SESSION.ended > ended, _SESSION.session_key > key)
    query = select(*_SHOWN).where(_ended(ended, until), behind).order_by(_SESSION.ended, _SESSION.session_key)
    return list(connection.execute(query.limit(AT_ONCE)))


def _listens(connection: Connection, *, until: int, after: tuple[int, int]) -> list[Row[Any]]:
    at, number = after
    here = and_(listen.c.at >= at, listen.c.at < until, or_(listen.c.at > at, listen.c.id > number))
    return list(connection.execute(select(listen).where(here).order_by(listen.c.at, listen.c.id).limit(AT_ONCE)))


def _session(row: Row[Any], zone: tzinfo, cities: frozenset[Cell], *, returning: bool) -> SessionRow:
    lasted = row.ended - row.started
    return SessionRow(
        started=written(row.started, zone),
        ended=written(row.ended, zone),
        duration=lasted / 1000,
        qualified=lasted >= QUALIFIED,
        server=row.server,
        channel=row.channel,
        protocol=row.protocol,
        country=row.country,
        city=row.city if (row.country, row.city) in cities else "",
        player=row.player,
        player_class=row.player_class,
        bytes=row.sent,
        reason=row.reason,
        returning=row.is_returning if returning else None,
    )


def _listen(row: Row[Any], zone: tzinfo) -> ListenRow:
    return ListenRow(
        at=written(row.at, zone),
        source=row.source,
        country=row.country,
        player=row.player,
        player_class=row.player_class,
        referrer=row.referrer,
        duration=None if row.duration is None else row.duration / 1000,
    )
