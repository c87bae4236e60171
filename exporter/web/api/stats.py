"""`/stats/active` and `/api/v1/stats/…`: the audience's figures as JSON."""

import asyncio
from itertools import islice
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct, field

from exporter.audience.facts import QUARTER
from exporter.clock import milliseconds
from exporter.config.schema import Config
from exporter.reports import audience
from exporter.reports.audience import View
from exporter.reports.calendar import DAY, By, Period, periods, written
from exporter.reports.places import places
from exporter.reports.query import MOST, ROW_DAYS, Query, Stretch, longest
from exporter.reports.rows import Figures, Place
from exporter.reports.tally import HOUR
from exporter.web import keys
from exporter.web.api.current import RECENT, current
from exporter.web.api.reading import answer, reads

routes = web.RouteTableDef()

DAILY: tuple[By, ...] = ("day", "week", "month", "part")
"""What `daily` can be divided by."""

OVER = 300
UNDER_WAY = 15
"""Seconds for which figures need not be asked for again: of what is over (late news are rare), and of what is not."""


class Report(Struct, frozen=True):
    """One page of figures."""

    timezone: str
    since: str = field(name="from")
    until: str = field(name="to")
    by: By
    periods: int
    offset: int
    limit: int
    next: str | None
    rows: list[Figures]


class Places(Struct, frozen=True):
    """Listening by country, most first."""

    timezone: str
    since: str = field(name="from")
    until: str = field(name="to")
    complete: bool
    channel: str | None
    rows: list[Place]


@routes.get("/stats/active")
@reads
async def active(request: web.Request) -> web.Response:
    """The sessions of the moment by every dimension."""
    Query(request.query.items(), ())
    return answer(request, request.app[keys.AUDIENCE].active(), max_age=1)


@routes.get("/api/v1/stats/current")
@reads
async def now(request: web.Request) -> web.Response:
    """The moment, the last hour, today so far."""
    Query(request.query.items(), ())
    hour, today = await request.app[RECENT].figures()
    return answer(request, current(request.app[keys.AUDIENCE], hour, today), max_age=1)


@routes.get("/api/v1/stats/hourly")
@reads
async def hourly(request: web.Request) -> web.Response:
    """Figures by the hour; the last 24 hours if nothing else is asked for."""
    query = Query(request.query.items(), ("from", "to", "channel", "limit", "offset"))
    return await _report(request, query, "hour", 23 * HOUR, usual_limit=168)


@routes.get("/api/v1/stats/daily")
@reads
async def daily(request: web.Request) -> web.Response:
    """Figures by the day, the week, the month or the part of the day; the last 30 days if nothing else is asked for."""
    query = Query(request.query.items(), ("from", "to", "by", "channel", "limit", "offset"))
    return await _report(request, query, query.choice("by", DAILY, "day"), 29 * DAY, usual_limit=31)


@routes.get("/api/v1/stats/geo")
@reads
async def geo(request: web.Request) -> web.Response:
    """Listening by country; in the last 30 days if nothing else is asked for."""
    query = Query(request.query.items(), ("from", "to", "channel"))
    zone, moment, channel = _zone(request), milliseconds(), query.channel()
    stretch = query.stretch(zone, usual(moment, 30 * DAY), ROW_DAYS)
    period = whole_quarters(stretch)
    body = Places(
        timezone=zone.key,
        since=written(period.start, zone),
        until=written(period.end, zone),
        complete=period.end <= moment,
        channel=channel,
        rows=await places(request.app[keys.DATABASE], period, channel or None),
    )
    return answer(request, body, max_age=OVER if body.complete else UNDER_WAY)


async def _report(request: web.Request, query: Query, by: By, length: int, *, usual_limit: int) -> web.Response:
    """A page of figures. `limit` and `offset` count periods, so that a page begins and ends with whole ones."""
    config, moment = request.app[keys.CONFIG](), milliseconds()
    view = view_of(config, moment, query.channel())
    stretch = query.stretch(view.zone, usual(moment, length), longest(by))
    limit, offset = query.number("limit", 1, MOST, usual_limit), query.number("offset", 0, 100_000, 0)
    every = await begun(by, view, stretch)
    page = await audience.page(request.app[keys.DATABASE], every[offset : offset + limit], view)
    behind = offset + page.periods
    link = further(request, stretch, behind, limit) if behind < len(every) else None
    body = Report(
        timezone=config.station.timezone,
        since=written(stretch.since, view.zone),
        until=written(stretch.until, view.zone),
        by=by,
        periods=len(every),
        offset=offset,
        limit=limit,
        next=link,
        rows=page.rows,
    )
    over = all(row.complete for row in page.rows)
    return answer(request, body, max_age=OVER if over else UNDER_WAY, link=link)


async def begun(by: By, view: View, stretch: Stretch) -> list[Period]:
    """The periods of a stretch, without those that have not begun. A year of hours takes a moment, so in a thread."""
    found = periods(by, view.zone, stretch.since, min(stretch.until, view.now))
    return await asyncio.to_thread(list, islice(found, 100_000))


def view_of(config: Config, moment: int, channel: str | None) -> View:
    """How the station wants its figures."""
    return View(ZoneInfo(config.station.timezone), moment, channel, returning=config.privacy.mode == "stable")


def usual(moment: int, length: int) -> Stretch:
    """So long until now."""
    return Stretch(moment - length, moment)


def whole_quarters(stretch: Stretch) -> Period:
    """A stretch widened to quarter-hours, for what is summed over all of it."""
    return Period("", stretch.since - stretch.since % QUARTER, -(-stretch.until // QUARTER) * QUARTER)


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(request.app[keys.CONFIG]().station.timezone)


def further(request: web.Request, stretch: Stretch, offset: int, limit: int) -> str:
    """The next page, of the same stretch: one without `from` and `to` would have moved on by then."""
    fixed = {
        name: f"{at / 1000:.3f}".removesuffix(".000") for name, at in (("from", stretch.since), ("to", stretch.until))
    }
    return str(request.rel_url.update_query({**fixed, "offset": str(offset), "limit": str(limit)}))
