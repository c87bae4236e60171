"""What the studios played: what is on the air, one song's plays, and the whole log page by page.

A play without a time (the playout wrote a zero date) is in no stretch of time, so it is in nothing here.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import tzinfo
from functools import partial
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, func, not_, or_, select

from exporter.reports.calendar import written
from exporter.reports.query import Stretch
from exporter.reports.rows import OnAir, PlayRow, SongPlay
from exporter.sam.charts.windows import AHEAD
from exporter.store.database import Database
from exporter.store.schema import play, request, song, studio

AT_ONCE = 1_000
"""Rows in a page."""

NOT_REFUSED = ("played", "ignored", "expired", "pending")
"""Outcomes of requests that count for a song, as in the charts."""

_PLAY, _SONG = play.c, song.c
_NEWEST_FIRST = _PLAY.started.desc(), _PLAY.generation.desc(), _PLAY.history_id.desc()


class Found(Struct, frozen=True):
    """One song in a stretch of time: its name at its newest play, all its plays and requests, some of the plays."""

    artist: str | None
    title: str | None
    plays: int
    requests: int
    rows: list[SongPlay]


async def on_air(database: Database, servers: Iterable[str], zone: tzinfo, now: int) -> list[OnAir]:
    """The newest play of each of these studios that has one."""
    return await database.read(partial(_on_air, servers=servers, zone=zone, now=now))


async def studios(database: Database) -> list[str]:
    """Every studio of which anything was read."""
    return await database.read(_studios)


async def one_song(
    database: Database, server: str, song_id: int, stretch: Stretch, zone: tzinfo, *, limit: int, offset: int
) -> Found:
    """The plays of a studio's song that began in a stretch, newest first, `limit` of them behind `offset`."""
    query = partial(_one_song, server=server, song_id=song_id, stretch=stretch, limit=limit, offset=offset)
    return await database.read(partial(query, zone=zone))


async def plays(
    database: Database, zone: tzinfo, stretch: Stretch, songtype: str | None = None
) -> AsyncIterator[list[PlayRow]]:
    """Plays that began in a stretch, of one type or of all: studio by studio, in the order of their start."""
    for server in await studios(database):
        page = partial(_plays, server=server, until=stretch.until, songtype=songtype)
        after = stretch.since, 0, 0
        while rows := await database.read(partial(page, after=after)):
            yield [_play(row, zone) for row in rows]
            after = rows[-1].started, rows[-1].generation, rows[-1].history_id


def _studios(connection: Connection) -> list[str]:
    return list(connection.scalars(select(studio.c.server).order_by(studio.c.server)))


def _on_air(connection: Connection, *, servers: Iterable[str], zone: tzinfo, now: int) -> list[OnAir]:
    newest = (connection.execute(_newest(server, now)).first() for server in servers)
    return [_track(row, zone, now) for row in newest if row is not None]


def _newest(server: str, now: int) -> Select[Any]:
    """The newest play of a studio that has a time and is not played over another: that goes on."""
    overlay = and_(_PLAY.aired.is_not(None), _PLAY.skipped.is_(None))
    query = select(play).where(_PLAY.server == server, _PLAY.started <= now + AHEAD, not_(overlay))
    # By its start: while a history is read anew, the row that was read last is years old.
    return _with_song(query.order_by(_PLAY.started.desc()).limit(1))


def _with_song(query: Select[Any]) -> Select[Any]:
    """Plays that were found, each with its song. Joined any earlier, MariaDB would read the whole log song by song."""
    found = query.subquery()
    songs = [column for column in song.columns if column.name not in found.c]
    return select(found, *songs).join(song, _SONG.song_key == found.c.song_key)


def _one_song(
    connection: Connection, *, server: str, song_id: int, stretch: Stretch, zone: tzinfo, limit: int, offset: int
) -> Found:
    of_song = _PLAY.song_key.in_(_keys(server, song_id))
    then = and_(of_song, _PLAY.started >= stretch.since, _PLAY.started < stretch.until)
    rows = connection.execute(select(play).where(then).order_by(*_NEWEST_FIRST).limit(limit).offset(offset))
    artist, title = _name(connection, server, song_id)
    return Found(
        artist=artist,
        title=title,
        plays=connection.scalar(select(func.count()).select_from(play).where(then)) or 0,
        requests=_requests(connection, server, song_id, stretch),
        rows=[_song_play(row, zone) for row in rows],
    )


def _keys(server: str, song_id: int) -> Select[tuple[int]]:
    """Under which keys it stands: another one since each correction of the library."""
    return select(_SONG.song_key).where(_SONG.server == server, _SONG.song_id == song_id)


def _name(connection: Connection, server: str, song_id: int) -> tuple[str | None, str | None]:
    """What it was called when it was played last."""
    played = and_(_PLAY.song_key.in_(_keys(server, song_id)), _PLAY.started.is_not(None))
    query = select(_SONG.artist, _SONG.title).join(play, _PLAY.song_key == _SONG.song_key).where(played)
    row = connection.execute(query.order_by(*_NEWEST_FIRST).limit(1)).first()
    return (row.artist, row.title) if row else (None, None)


def _requests(connection: Connection, server: str, song_id: int, stretch: Stretch) -> int:
    row = request.c
    then = and_(row.server == server, row.asked >= stretch.since, row.asked < stretch.until)
    query = select(func.count()).select_from(request)
    return connection.scalar(query.where(then, row.song_id == song_id, row.outcome.in_(NOT_REFUSED))) or 0


def _plays(
    connection: Connection, *, server: str, until: int, songtype: str | None, after: tuple[int, int, int]
) -> list[Row[Any]]:
    started, generation, number = after
    row = _PLAY
    same_time = or_(row.generation > generation, and_(row.generation == generation, row.history_id > number))
    here = [row.server == server, row.started >= started, row.started < until, or_(row.started > started, same_time)]
    if songtype is not None:
        here.append(row.songtype == songtype)
    page = _with_song(select(play).where(*here).order_by(row.started, row.generation, row.history_id).limit(AT_ONCE))
    return list(connection.execute(page.order_by("started", "generation", "history_id")))


def _track(row: Any, zone: tzinfo, now: int) -> OnAir:
    return OnAir(
        server=row.server,
        song_id=row.song_id,
        artist=row.artist,
        title=row.title,
        album=row.album,
        songtype=row.songtype,
        started=written(row.started, zone),
        nominal=_nominal(row),
        left=_left(row, now),
        listeners=row.listeners_before,
        requested=row.request_id > 0,
    )


def _left(row: Any, now: int) -> float | None:
    """Seconds; of what is over for certain none, whatever its length."""
    if row.aired is not None:
        return 0.0
    return max(0, row.started + row.nominal - now) / 1000 if row.nominal else None


def _nominal(row: Any) -> float | None:
    return row.nominal / 1000 if row.nominal else None


def _seconds(duration: int | None) -> float | None:
    return None if duration is None else duration / 1000


def _song_play(row: Row[Any], zone: tzinfo) -> SongPlay:
    return SongPlay(
        started=written(row.started, zone),
        aired=_seconds(row.aired),
        nominal=_nominal(row),
        skipped=row.skipped,
        listeners_before=row.listeners_before,
        listeners_after=row.listeners_after,
        requested=row.request_id > 0,
    )


def _play(row: Row[Any], zone: tzinfo) -> PlayRow:
    return PlayRow(
        server=row.server,
        started=written(row.started, zone),
        artist=row.artist,
        title=row.title,
        album=row.album,
        label=row.label,
        isrc=row.isrc,
        songtype=row.songtype,
        aired=_seconds(row.aired),
        nominal=_nominal(row),
        listeners_before=row.listeners_before,
        listeners_after=row.listeners_after,
        requested=row.request_id > 0,
        skipped=row.skipped,
    )
