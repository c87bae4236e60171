"""Figures by period and channel, and of the whole station, read a day's worth of quarter-hours at a time."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from datetime import tzinfo
from functools import partial
from itertools import chain

from msgspec import Struct
from sqlalchemy import Connection, Select, case, func, select

from exporter.reports.calendar import Period
from exporter.reports.rows import Figures
from exporter.reports.tally import SUMS, Tally
from exporter.reports.within import slices, within
from exporter.store.database import Database
from exporter.store.schema import quarter, quarter_people

STATION = ""
"""The channel under which the store keeps the people of the whole station."""

ROWS = 10_000
"""A page ends with the period that would take it beyond this, whatever was asked for."""


AT_ONCE = 1000
"""Sketches fetched together: four kilobytes each."""


class View(Struct, frozen=True):
    """How figures are to be shown.

    Attributes:
        zone: the station's.
        now: Unix time in milliseconds; later periods are not shown.
        channel: one channel; '' = the whole station; None = the station and each of its channels.
        returning: whether new and returning listeners can be told apart.
    """

    zone: tzinfo
    now: int
    channel: str | None = None
    returning: bool = True


class Page(Struct, frozen=True):
    """Figures of some periods: `periods` of those asked for, as many as fitted."""

    rows: list[Figures]
    periods: int


async def page(database: Database, periods: Sequence[Period], view: View, known: Collection[str] = ()) -> Page:
    """Figures of the first of these periods, as many as fit.

    A channel that is `known`, or that somebody listened to in another period of the page, has rows of zeros.
    """
    found: list[dict[str, Figures]] = []
    channels = {STATION if view.channel is None else view.channel, *known}
    for period in periods:
        if found and (len(found) + 1) * len(channels) > ROWS:
            break
        found.append(await figures(database, period, view))
        channels |= found[-1].keys()
    return Page(list(_filled(zip(periods, found, strict=False), sorted(channels), view)), len(found))


async def pages(database: Database, periods: Sequence[Period], view: View, at_once: int = 31) -> AsyncIterator[Page]:
    """All of them, page by page, in constant memory; every page has the same channels."""
    known = await _channels(database, periods) if view.channel is None else ()
    done = 0
    while done < len(periods):
        one = await page(database, periods[done : done + at_once], view, known)
        done += one.periods
        yield one


async def figures(database: Database, period: Period, view: View) -> dict[str, Figures]:
    """Figures of one period by channel, '' being the station, as far as anybody listened."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for quarters in slices(period):
        if quarters.start < view.now:
            await database.read(partial(_read, tallies=tallies, period=period, quarters=quarters, view=view))
    return {name: _figures(tally, period, name, view) for name, tally in tallies.items()}


async def _channels(database: Database, periods: Iterable[Period]) -> set[str]:
    """Everything that was listened to in these periods."""
    found: set[str] = set()
    for quarters in (quarters for period in periods for quarters in slices(period)):
        query = select(quarter.c.channel).distinct().where(*within(quarter, quarters))
        found |= await database.read(partial(_scalars, query=query))
    return found


def _scalars(connection: Connection, query: Select[tuple[str]]) -> set[str]:
    return set(connection.scalars(query))


def _read(
    connection: Connection, tallies: defaultdict[str, Tally], period: Period, quarters: range, view: View
) -> None:
    """Add one slice of a period to the tallies, in the reader's thread."""
    starts = func.sum(case((quarter.c.start == period.start, quarter.c.qualified_sessions), else_=0)).label("starts")
    sums = select(quarter.c.channel, starts, *(func.sum(quarter.c[name]).label(name) for name in SUMS))
    rows = connection.execute(sums.where(*within(quarter, quarters, view.channel or None)).group_by(quarter.c.channel))
    for row in rows.mappings():
        for name in (row["channel"], STATION):
            if view.channel in (None, name):
                tallies[name].add(dict(row), int(row["starts"]))
    people = select(quarter_people).where(*within(quarter_people, quarters, view.channel))
    for who in chain.from_iterable(connection.execute(people).partitions(AT_ONCE)):
        tallies[who.channel].meet(who.peak, who.listeners, who.qualified_listeners, first=who.start == period.start)


def _filled(
    found: Iterable[tuple[Period, dict[str, Figures]]], channels: Iterable[str], view: View
) -> Iterator[Figures]:
    for period, by_channel in found:
        for name in channels:
            yield by_channel.get(name) or _figures(Tally(), period, name, view)


def _figures(tally: Tally, period: Period, name: str, view: View) -> Figures:
    return tally.figures(period, name or None, view.zone, view.now, returning=view.returning)
