"""`/api/v1/events`: what happened, newest first; and over a WebSocket, as it happens."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import WSCloseCode, web
from msgspec import Struct, field

from exporter.clock import milliseconds
from exporter.event import CATEGORIES, LEVELS, Event
from exporter.events.shown import EventRow, shown
from exporter.reports.calendar import DAY, written
from exporter.reports.query import DAY_DAYS, Query
from exporter.store import event_find
from exporter.store.event_find import Wanted
from exporter.store.events import Kept
from exporter.web import keys
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
    find = partial(event_find.find, wanted=wanted, limit=limit + 1, offset=offset)
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


class Listener:
    """A client: what it wants to hear, and what waits for it."""

    def __init__(self, levels: Collection[str], categories: Collection[str]) -> None:
        self._levels, self._categories = levels or LEVELS, categories or CATEGORIES
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, event: Event, message: str) -> None:
        """Take an event, if it is wanted; beyond MOST_WAITING nothing, for the client is dropped then."""
        wanted = event.level in self._levels and event.category in self._categories
        if wanted and self._waiting.qsize() <= MOST_WAITING:
            self._waiting.put_nowait(message)

    async def next(self) -> str:
        """The next message; TimeoutError if the client is too far behind."""
        if self._waiting.qsize() > MOST_WAITING:
            raise TimeoutError
        return await self._waiting.get()


class Live:
    """Everybody who hears events as they are kept. Each event is written once for all of them.

    Args:
        zone: the station's, at the moment.
    """

    def __init__(self, zone: Callable[[], ZoneInfo]) -> None:
        self._zone = zone
        self.sockets = Sockets()
        self.listeners: set[Listener] = set()

    def spread(self, kept: Sequence[Kept]) -> None:
        """Hand these to everybody."""
        if not self.listeners:
            return
        zone = self._zone()
        for one in kept:
            message = msgspec.json.encode(shown(one, zone)).decode()
            for listener in self.listeners:
                listener.hear(one.event, message)

    async def serve(self, request: web.Request, listener: Listener) -> web.StreamResponse:
        """Send to one client until one of the two leaves."""

        async def send(socket: web.WebSocketResponse) -> None:
            while not socket.closed:
                await self.sockets.say(socket, await listener.next())

        self.listeners.add(listener)
        try:
            return await self.sockets.serve(request, send)
        finally:
            self.listeners.discard(listener)


LIVE = web.AppKey("live_events", Live)


@routes.get("/api/v1/events/live", allow_head=False)
@reads
async def live(request: web.Request) -> web.StreamResponse:
    """Each event as it is kept, of some levels and categories if they are named."""
    query = Query(request.query.items(), ("level", "category"))
    listener = Listener(query.choices("level", LEVELS), query.choices("category", CATEGORIES))
    clients = request.app[LIVE]
    return clients.sockets.refused(request) or await clients.serve(request, listener)


def setup(app: web.Application) -> None:
    """Give the application what the live log needs."""
    app[LIVE] = Live(lambda: ZoneInfo(app[keys.CONFIG]().station.timezone))
    app[keys.EVENTS].watchers.add(app[LIVE].spread)
    app.on_shutdown.append(_stop)


async def _stop(app: web.Application) -> None:
    await app[LIVE].sockets.close_all(WSCloseCode.GOING_AWAY, b"the exporter stops")


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(request.app[keys.CONFIG]().station.timezone)
