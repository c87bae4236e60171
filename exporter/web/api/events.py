"""`/api/v1/events`: what happened, newest first; and over a WebSocket, as it happens."""

import asyncio
from collections.abc import Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import WSCloseCode, web
from msgspec import Struct, field

from exporter.event import CATEGORIES, LEVELS
from exporter.events.shown import EventRow, shown
from exporter.reports.calendar import DAY, written
from exporter.reports.query import DAY_DAYS, Query
from exporter.store import events as store
from exporter.store.events import Kept, Wanted
from exporter.web import keys
from exporter.web.api.current import milliseconds
from exporter.web.api.reading import answer, reads
from exporter.web.api.sockets import Sockets
from exporter.web.api.stats import OVER, further, usual

routes = web.RouteTableDef()

MOST, MOST_BEHIND = 1000, 10_000
"""Largest `limit` and `offset`."""

USUAL_DAYS = 90
USUAL_LIMIT = 100
LONGEST_TEXT = 200

MOST_WAITING = 1000
"""Events that wait for a client; one that is further behind is dropped."""


class EventPage(Struct, frozen=True):
    """One page of the log."""

    timezone: str
    since: str = field(name="from")
    until: str = field(name="to")
    offset: int
    limit: int
    next: str | None
    rows: list[EventRow]


@routes.get("/api/v1/events")
@reads
async def events(request: web.Request) -> web.Response:
    """A page; of the last 90 days if nothing else is asked for."""
    query = Query(request.query.items(), ("level", "category", "q", "from", "to", "limit", "offset"))
    zone, moment = _zone(request), milliseconds()
    stretch = query.stretch(zone, usual(moment + 1, USUAL_DAYS * DAY), DAY_DAYS)
    limit, offset = query.number("limit", 1, MOST, USUAL_LIMIT), query.number("offset", 0, MOST_BEHIND, 0)
    wanted = Wanted(
        stretch.since,
        stretch.until,
        query.choices("level", LEVELS),
        query.choices("category", CATEGORIES),
        query.text("q", LONGEST_TEXT),
    )
    find = partial(store.find, wanted=wanted, limit=limit + 1, offset=offset)
    found: list[Kept] = await request.app[keys.DATABASE].read(find)
    behind = offset + limit
    link = further(request, stretch, behind, limit) if len(found) > limit and behind <= MOST_BEHIND else None
    body = EventPage(
        timezone=zone.key,
        since=written(stretch.since, zone),
        until=written(stretch.until, zone),
        offset=offset,
        limit=limit,
        next=link,
        rows=[shown(kept, zone) for kept in found[:limit]],
    )
    return answer(request, body, max_age=OVER if stretch.until < moment - DAY else 1, link=link)


SOCKETS = web.AppKey("event_sockets", Sockets)


@routes.get("/api/v1/events/live", allow_head=False)
@reads
async def live(request: web.Request) -> web.StreamResponse:
    """Each event as it is kept, of some levels and categories if they are named."""
    query = Query(request.query.items(), ("level", "category"))
    levels, categories = query.choices("level", LEVELS), query.choices("category", CATEGORIES)
    sockets = request.app[SOCKETS]
    if refused := sockets.refused(request):
        return refused
    waiting: asyncio.Queue[str] = asyncio.Queue()

    def watch(kept: Sequence[Kept]) -> None:
        zone = _zone(request)
        for one in kept:
            fits = one.event.level in (levels or LEVELS) and one.event.category in (categories or CATEGORIES)
            if fits and waiting.qsize() <= MOST_WAITING:
                waiting.put_nowait(msgspec.json.encode(shown(one, zone)).decode())

    async def send(socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            if waiting.qsize() > MOST_WAITING:
                raise TimeoutError
            await sockets.say(socket, await waiting.get())

    log = request.app[keys.EVENTS]
    log.watchers.add(watch)
    try:
        return await sockets.serve(request, send)
    finally:
        log.watchers.discard(watch)


def setup(app: web.Application) -> None:
    """Give the application what the live log needs."""
    app[SOCKETS] = Sockets()
    app.on_shutdown.append(_stop)


async def _stop(app: web.Application) -> None:
    await app[SOCKETS].close_all(WSCloseCode.GOING_AWAY, b"the exporter stops")


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(request.app[keys.CONFIG]().station.timezone)
