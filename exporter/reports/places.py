"""Listening by country, and the hours that collecting societies ask for."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import tzinfo
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from exporter.reports.calendar import Period, written
from exporter.reports.rows import Place, Royalty
from exporter.reports.tally import HOUR
from exporter.reports.within import slices, within
from exporter.store.database import Database
from exporter.store.schema import quarter

THRESHOLDS = {"US": 159_140}
"""Aggregate tuning hours a month and channel from which non-commercial webcasters pay by the performance.

37 CFR 380.10; https://www.soundexchange.com/service-provider/rates/
"""

_SUMS = ("started", "qualified_sessions", "listened", "qualified_listened", "sent")

Totals = dict[tuple[str, ...], list[int]]
"""The sums above by what they were grouped by."""


async def places(database: Database, period: Period, channel: str | None = None) -> list[Place]:
    """Each country's listening in one stretch of time, of one channel or of all; most hours first."""
    totals: Totals = {}
    for quarters in slices(period):
        conditions = within(quarter, quarters, channel)
        await database.read(partial(_add, totals=totals, by=[quarter.c.country], conditions=conditions))
    hours = sum(sums[2] for sums in totals.values())
    ranked = sorted(totals.items(), key=lambda pair: (-pair[1][2], pair[0]))
    return [_place(country, sums, hours) for (country,), sums in ranked]


async def royalties(
    database: Database, months: Sequence[Period], countries: Collection[str], zone: tzinfo, now: int
) -> AsyncIterator[list[Royalty]]:
    """For each month a row by channel and country, as far as anybody listened."""
    for month in months:
        totals: Totals = {}
        for quarters in slices(month):
            conditions = [*within(quarter, quarters), quarter.c.country.in_(list(countries))]
            by = [quarter.c.channel, quarter.c.country]
            await database.read(partial(_add, totals=totals, by=by, conditions=conditions))
        yield [_royalty(month, key, sums, zone, now) for key, sums in sorted(totals.items())]


def _add(
    connection: Connection, *, totals: Totals, by: Sequence[ColumnElement[str]], conditions: list[ColumnElement[Any]]
) -> None:
    """Add up one slice, in the reader's thread."""
    sums = (func.sum(quarter.c[name]) for name in _SUMS)
    for row in connection.execute(select(*by, *sums).where(*conditions).group_by(*by)):
        there = totals.setdefault(tuple(row[: len(by)]), [0] * len(_SUMS))
        for place, more in enumerate(row[len(by) :]):
            there[place] += int(more)  # SUM is a Decimal on some databases


def _place(country: str, sums: list[int], hours: int) -> Place:
    started, qualified, listened, qualified_listened, sent = sums
    return Place(
        country=country,
        sessions=started,
        ss=qualified,
        listening_hours=round(listened / HOUR, 4),
        tlh=round(qualified_listened / HOUR, 4),
        share=round(listened / hours, 4) if hours else 0.0,
        bytes=sent,
    )


def _royalty(month: Period, key: tuple[str, ...], sums: list[int], zone: tzinfo, now: int) -> Royalty:
    channel, country = key
    threshold = THRESHOLDS.get(country)
    hours = sums[3] / HOUR
    return Royalty(
        month=month.name,
        since=written(month.start, zone),
        until=written(month.end, zone),
        complete=month.end <= now,
        channel=channel,
        country=country,
        ss=sums[1],
        ath=round(hours, 4),
        threshold=threshold,
        of_threshold=round(hours / threshold, 6) if threshold else None,
    )
