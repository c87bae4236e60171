"""What charts are made of: plays, and sums over the play log and the requests, grouped by the database wherever it can.

A window is a first and a last moment, both in it; None is everything, also what has no time.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from exporter.store.music import in_parts
from exporter.store.schema import play, request, song

Span = tuple[int, int] | None

MINUTE, QUARTER = 60_000, 900_000

AT_A_TIME = 2000
"""Plays that are fetched at once."""

SONG = "S"
"""The songtype that charts are of."""


PlayRow = tuple[int, int | None, int | None, int | None, int | None]
"""song_key, started, aired, listeners_before, listeners_after."""


def plays(connection: Connection, server: str, first: int, before: int) -> Iterator[Sequence[PlayRow]]:
    """Every play of a song from one moment up to another (not in it), some at a time: no more of them is in memory."""
    return _plays(connection, server, play.c.started >= first, play.c.started < before)


def plays_without_time(connection: Connection, server: str) -> Iterator[Sequence[PlayRow]]:
    """Every play of a song with a zero date, some at a time."""
    return _plays(connection, server, play.c.started.is_(None))


def _plays(connection: Connection, server: str, *within: ColumnElement[bool]) -> Iterator[Sequence[PlayRow]]:
    row = play.c
    query = select(row.song_key, row.started, row.aired, row.listeners_before, row.listeners_after)
    query = query.where(row.server == server, row.songtype == SONG, *within)
    with connection.execution_options(yield_per=AT_A_TIME).execute(query) as result:
        yield from result.partitions()


def start_behind(connection: Connection, server: str, first: int, number: int) -> int | None:
    """When so many plays from a moment on have begun, the start of the next; None where there are no more."""
    row = play.c
    query = select(row.started).where(row.server == server, row.started >= first).order_by(row.started)
    found: int | None = connection.scalar(query.limit(1).offset(number))
    return found


def songs(connection: Connection, song_keys: Sequence[int]) -> list[Any]:
    """What is known of these songs."""
    return in_parts(connection, select(song), song.c.song_key, song_keys)


def levels(connection: Connection, server: str, span: tuple[int, int]) -> list[tuple[int, int, int]]:
    """By minute, known by its first millisecond: how many plays began, and how many listened then, together."""
    row = play.c
    minute = (row.started - row.started % MINUTE).label("minute")
    of_server = select(minute, row.listeners_before).where(row.server == server)
    within = of_server.where(*_within(row.started, span), row.listeners_before.is_not(None)).subquery().c
    query = select(within.minute, func.count(), func.sum(within.listeners_before)).group_by(within.minute)
    return [(start, plays, int(listeners)) for start, plays, listeners in connection.execute(query)]


def first_start(connection: Connection, server: str) -> int | None:
    """When the log begins."""
    found: int | None = connection.scalar(select(func.min(play.c.started)).where(play.c.server == server))
    return found


def requested(connection: Connection, server: str, span: Span, but: Collection[str]) -> list[tuple[int, int]]:
    """Songs of the library and how often they were asked for; without the outcomes that are named."""
    row = request.c
    query = select(row.song_id, func.count()).where(row.server == server, row.song_id != 0, row.outcome.not_in(but))
    found = connection.execute(query.where(*_within(row.asked, span)).group_by(row.song_id))
    return [(song_id, number) for song_id, number in found]


def requesters(connection: Connection, server: str, span: Span) -> list[tuple[bytes, int]]:
    """Who asked how often."""
    row = request.c
    query = select(row.requester, func.count()).where(row.server == server, row.requester.is_not(None))
    found = connection.execute(query.where(*_within(row.asked, span)).group_by(row.requester))
    return [(bytes(requester), number) for requester, number in found]


def quarters(connection: Connection, server: str, span: Span) -> list[tuple[int, int]]:
    """By quarter-hour (UTC): how many requests."""
    row = request.c
    quarter = (row.asked - row.asked % QUARTER).label("quarter")
    of_server = select(quarter).where(row.server == server, row.asked.is_not(None))
    within = of_server.where(*_within(row.asked, span)).subquery().c
    query = select(within.quarter, func.count()).group_by(within.quarter)
    return [(start, number) for start, number in connection.execute(query)]


def names(connection: Connection, server: str, song_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Artist and title of songs of the library, as their newest play has them."""
    query = select(song.c.song_id, song.c.artist, song.c.title, song.c.song_key).where(song.c.server == server)
    rows = in_parts(connection, query, song.c.song_id, song_ids)
    starts = select(play.c.song_key, func.max(play.c.started)).group_by(play.c.song_key)
    starts = starts.where(play.c.server == server, play.c.songtype == SONG)
    newest = dict(map(tuple, in_parts(connection, starts, play.c.song_key, [row.song_key for row in rows])))
    rows.sort(key=lambda row: (newest.get(row.song_key) or 0, row.song_key))
    return {row.song_id: (row.artist, row.title) for row in rows}


def _within(moment: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    return [] if span is None else [moment >= span[0], moment <= span[1]]
