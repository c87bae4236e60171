"""`/api/v1/stats/export`: rows as CSV or JSON, streamed from the store page by page."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web
from msgspec import Struct

from exporter.clock import milliseconds
from exporter.config.schema import Config
from exporter.errors import StoreFailed
from exporter.reports import audience, music, places, single
from exporter.reports.calendar import DAY, By, local, periods
from exporter.reports.query import DAY_DAYS, ROW_DAYS, Query, Stretch
from exporter.reports.rows import Figures, ListenRow, Place, PlayRow, Row, Royalty, SessionRow
from exporter.reports.tables import Writer, writer
from exporter.sam.reading import SONGTYPES
from exporter.store.database import Database
from exporter.web import keys
from exporter.web.api.reading import reads
from exporter.web.api.stats import DAILY, begun, usual, view_of, whole_quarters

log = logging.getLogger(__name__)

routes = web.RouteTableDef()

TAKEN_WITHIN = 60.0
"""Seconds within which a reader must take a page."""

FORMATS = ("csv", "json")
EVERY_KIND = ("kind", "format", "from", "to", "bom")
SOME_KINDS = ("by", "channel", "songtype")
ALL_TYPES = "all"


class Asked(Struct, frozen=True):
    """One export: the store, the configuration, the query, what stretch of time, and the present."""

    database: Database
    config: Config
    query: Query
    stretch: Stretch
    now: int

    @property
    def zone(self) -> ZoneInfo:
        """The station's."""
        return ZoneInfo(self.config.station.timezone)


Pages = AsyncIterator[Sequence[Row]]


async def _figures(by: By | None, asked: Asked) -> Pages:
    by = by or asked.query.choice("by", DAILY, "day")
    view = view_of(asked.config, asked.now, asked.query.channel())
    async for page in audience.pages(asked.database, await begun(by, view, asked.stretch), view):
        yield page.rows


async def _geo(asked: Asked) -> Pages:
    channel = asked.query.channel() or None
    yield await places.places(asked.database, whole_quarters(asked.stretch), channel)


async def _royalty(asked: Asked) -> Pages:
    months = list(periods("month", asked.zone, asked.stretch.since, min(asked.stretch.until, asked.now)))
    countries = asked.config.audience.royalty_countries
    async for rows in places.royalties(asked.database, months, countries, asked.zone, asked.now):
        yield rows


def _sessions(asked: Asked) -> Pages:
    return single.sessions(
        asked.database,
        asked.zone,
        asked.stretch.since,
        asked.stretch.until,
        min_cell=asked.config.geoip.min_cell,
        returning=asked.config.privacy.mode == "stable",
    )


def _listens(asked: Asked) -> Pages:
    return single.listens(asked.database, asked.zone, asked.stretch.since, asked.stretch.until)


def _plays(asked: Asked) -> Pages:
    songtype = asked.query.choice("songtype", (ALL_TYPES, *SONGTYPES), ALL_TYPES)
    return music.plays(asked.database, asked.zone, asked.stretch, None if songtype == ALL_TYPES else songtype)


class Kind(Struct, frozen=True):
    """One kind of export: its rows, where they come from, how many days at most and by default, what else it takes."""

    rows: type[Row]
    pages: Callable[[Asked], Pages]
    days: int
    usual_days: int
    parameters: tuple[str, ...] = ()


KINDS = {
    "sessions": Kind(SessionRow, _sessions, ROW_DAYS, 1),
    "hourly": Kind(Figures, partial(_figures, "hour"), ROW_DAYS, 1, ("channel",)),
    "daily": Kind(Figures, partial(_figures, None), DAY_DAYS, 30, ("by", "channel")),
    "geo": Kind(Place, _geo, ROW_DAYS, 30, ("channel",)),
    "listens": Kind(ListenRow, _listens, ROW_DAYS, 1),
    "royalty": Kind(Royalty, _royalty, DAY_DAYS, 30),
    "plays": Kind(PlayRow, _plays, ROW_DAYS, 1, ("songtype",)),
}


@routes.get("/api/v1/stats/export", allow_head=False)
@reads
async def export(request: web.Request) -> web.StreamResponse:
    """Rows of one kind; everything that can be wrong is said before the first byte."""
    config, now = request.app[keys.CONFIG](), milliseconds()
    name = Query(request.query.items(), (*EVERY_KIND, *SOME_KINDS)).choice("kind", tuple(KINDS))
    kind = KINDS[name]
    query = Query(request.query.items(), (*EVERY_KIND, *kind.parameters))
    form = query.choice("format", FORMATS, "csv")
    output = writer(form, kind.rows, mark=query.number("bom", 0, 1, 0) == 1)  # type: ignore[arg-type]
    zone = ZoneInfo(config.station.timezone)
    stretch = query.stretch(zone, usual(now, kind.usual_days * DAY), kind.days)
    pages = kind.pages(Asked(request.app[keys.DATABASE], config, query, stretch, now))
    days = "-".join(local(at, zone).date().isoformat() for at in (stretch.since, stretch.until))
    return await _streamed(request, pages, output, f"radio-{name}-{days}.{form}")


async def _streamed(request: web.Request, pages: Pages, output: Writer, filename: str) -> web.StreamResponse:
    # Neither tag nor age: what comes at the end is not known when the headers go.
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: output.content_type,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{filename}"',
            hdrs.CACHE_CONTROL: "no-store",
        }
    )
    page: Sequence[Row] | None = await anext(pages, None)  # a store that fails at once is still a 503
    try:
        await response.prepare(request)
        await response.write(output.begin())
        while page is not None:
            async with asyncio.timeout(TAKEN_WITHIN):
                await response.write(output.page(page))
            page = await anext(pages, None)
        await response.write_eof(output.end())
    except (StoreFailed, TimeoutError, ConnectionError) as error:
        _break_off(request, error)
    finally:
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()
    return response


def _break_off(request: web.Request, error: Exception) -> None:
    """Cut the connection, so that nobody takes the part for the whole."""
    why = "its reader is gone" if isinstance(error, ConnectionError) else str(error) or "its reader is too slow"
    log.warning("an export was broken off: %s", why)
    if request.transport is not None:
        request.transport.abort()
