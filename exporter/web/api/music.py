"""`/api/v1/music/…`: what the studios play, and how one song has done, as JSON."""

from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct, field

from exporter.clock import milliseconds
from exporter.reports import music
from exporter.reports.calendar import DAY, written
from exporter.reports.query import DAY_DAYS, MOST, BadQuery, Query
from exporter.reports.rows import OnAir, SongPlay
from exporter.web import keys
from exporter.web.api.reading import answer, reads
from exporter.web.api.stats import OVER, UNDER_WAY, further, usual

routes = web.RouteTableDef()

HIGHEST_ID = 999_999_999
"""Of a song in a playout's library."""

MOST_BEHIND = 100_000
"""Largest `offset`."""

USUAL_DAYS = 365
USUAL_LIMIT = 100


class Studios(Struct, frozen=True):
    """What is on the air."""

    timezone: str
    rows: list[OnAir]


class SongHistory(Struct, frozen=True):
    """One song's plays and requests in a stretch of time, and one page of the plays."""

    timezone: str
    server: str
    song_id: int
    artist: str | None
    title: str | None
    since: str = field(name="from")
    until: str = field(name="to")
    plays: int
    requests: int
    offset: int
    limit: int
    next: str | None
    rows: list[SongPlay]


@routes.get("/api/v1/music/now")
@reads
async def now(request: web.Request) -> web.Response:
    """The newest play of each studio that is configured, or of one."""
    query, config = Query(request.query.items(), ("server",)), request.app[keys.CONFIG]()
    servers = [one.name for one in config.sam]
    if "server" in request.query:
        servers = [_server(query, servers)]
    zone = ZoneInfo(config.station.timezone)
    rows = await music.on_air(request.app[keys.DATABASE], servers, zone, milliseconds())
    return answer(request, Studios(zone.key, rows), max_age=1)


@routes.get("/api/v1/music/song")
@reads
async def song(request: web.Request) -> web.Response:
    """The plays of one song; in the last year if nothing else is asked for."""
    query = Query(request.query.items(), ("server", "song_id", "from", "to", "limit", "offset"))
    config, moment, database = request.app[keys.CONFIG](), milliseconds(), request.app[keys.DATABASE]
    zone, song_id = ZoneInfo(config.station.timezone), _song_id(query)
    stretch = query.stretch(zone, usual(moment, USUAL_DAYS * DAY), DAY_DAYS)
    limit, offset = query.number("limit", 1, MOST, USUAL_LIMIT), query.number("offset", 0, MOST_BEHIND, 0)
    server = _server(query, [*(one.name for one in config.sam), *await music.studios(database)])
    found = await music.one_song(database, server, song_id, stretch, zone, limit=limit, offset=offset)
    behind = offset + len(found.rows)
    more = found.rows and behind < found.plays and behind <= MOST_BEHIND
    link = further(request, stretch, behind, limit) if more else None
    body = SongHistory(
        timezone=zone.key,
        server=server,
        song_id=song_id,
        artist=found.artist,
        title=found.title,
        since=written(stretch.since, zone),
        until=written(stretch.until, zone),
        plays=found.plays,
        requests=found.requests,
        offset=offset,
        limit=limit,
        next=link,
        rows=found.rows,
    )
    return answer(request, body, max_age=OVER if stretch.until <= moment else UNDER_WAY, link=link)


def _server(query: Query, names: list[str]) -> str:
    """The studio asked for; where there is but one, that one."""
    if not names:
        raise BadQuery("`server` can be nothing: no studio is configured (`sam`)")
    known = list(dict.fromkeys(names))
    return query.choice("server", known, known[0] if len(known) == 1 else None)


def _song_id(query: Query) -> int:
    if not (found := query.number("song_id", 1, HIGHEST_ID, 0)):
        raise BadQuery(f"`song_id` is missing; allowed: a whole number from 1 to {HIGHEST_ID}")
    return found
