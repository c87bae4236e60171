"""The industry's figures, held against the sessions they were rolled up from."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.reports import audience
from exporter.reports.audience import View
from exporter.reports.calendar import By, Period, periods
from exporter.reports.rows import Figures
from exporter.store.database import Database
from tests.reports.listening import HOUR, QUARTER, SECOND, Session, store

BERLIN = ZoneInfo("Europe/Berlin")
LATER = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp() * 1000)


def at(text: str) -> int:
    """A moment by the clock in Berlin."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


@pytest.fixture
def stores() -> Iterator[list[Database]]:
    opened: list[Database] = []
    yield opened
    for database in opened:
        database.close_now()


async def figures(database: Database, by: By, since: str, until: str, **view: object) -> list[Figures]:
    wanted = list(periods(by, BERLIN, at(since), at(until)))
    return (await audience.page(database, wanted, View(**{"zone": BERLIN, "now": LATER} | view))).rows  # type: ignore[arg-type]


async def test_the_definitions_by_hand(tmp_path: Path, stores: list[Database]) -> None:
    """Two listeners in one hour: Anna from 10:00 to 10:30, Bea from 10:10 for ten seconds and from 10:20 to 11:10.

    Between 10 and 11 that is: 2 sessions of a minute and more began (SS), with 30 + 40 minutes of listening (TLH), over
    one hour (AAS 1.167), by two active sessions (ATSL 35 minutes = 2100 s), two persons (CUME). By quarter-hours Anna
    is in the first and second, Bea in the second, third and fourth: 1, 2, 1, 1 persons, so AQH is 1.25. Between 11 and
    12 nothing begins, but Bea's session is active: 10 minutes by one session.
    """
    sessions = [
        Session(at("2026-06-01T10:00"), at("2026-06-01T10:30"), who="anna", sent=1000),
        Session(at("2026-06-01T10:10"), at("2026-06-01T10:10") + 10 * SECOND, who="bea", sent=10),
        Session(at("2026-06-01T10:20"), at("2026-06-01T11:10"), who="bea", sent=2000, returning=True),
    ]
    stores.append(store(tmp_path, sessions))
    ten, eleven = await figures(stores[0], "hour", "2026-06-01T10:00", "2026-06-01T12:00", channel="/live")
    assert ten == Figures(
        period="2026-06-01T10:00+02:00", part="", since="2026-06-01T10:00:00+02:00", until="2026-06-01T11:00:00+02:00",
        complete=True, channel="/live", sessions=3, ended=2, ss=2, listening_hours=round(70 / 60 + 10 / 3600, 4),
        tlh=round(70 / 60, 4), aas=round(70 / 60, 3), atsl=2100.0, listeners=2, cume=2, aqh=1.25, peak=2,
        average=round(70 / 60 + 10 / 3600, 3), bytes=1010, new=2, returning=1,
    )  # fmt: skip
    assert (eleven.ss, eleven.sessions, eleven.ended, eleven.bytes) == (0, 0, 1, 2000)
    assert (eleven.tlh, eleven.atsl, eleven.cume, eleven.aqh) == (round(1 / 6, 4), 600.0, 1, 0.25)


def counted(sessions: list[Session], period: Period, channel: str | None) -> dict[str, float]:
    """The same figures, counted from the sessions themselves."""
    of_channel = [one for one in sessions if channel in (None, one.channel)]
    here = [one for one in of_channel if one.inside(period.start, period.end)]
    qualified = [one for one in here if one.qualified]
    listened = sum(one.inside(period.start, period.end) for one in here)
    by_quarter = [
        len({one.who for one in qualified if one.inside(start, start + QUARTER)}) for start in period.quarters()
    ]
    tlh = sum(one.inside(period.start, period.end) for one in qualified)
    length = period.end - period.start
    return {
        "sessions": sum(period.start <= one.start < period.end for one in of_channel),
        "ended": sum(period.start <= one.end < period.end for one in of_channel),
        "ss": sum(period.start <= one.start < period.end for one in of_channel if one.qualified),
        "listening_hours": round(listened / HOUR, 4),
        "tlh": round(tlh / HOUR, 4),
        "aas": round(tlh / length, 3),
        "atsl": round(tlh / SECOND / len(qualified), 1) if qualified else 0,
        "listeners": len({one.who for one in here}),
        "cume": len({one.who for one in qualified}),
        "aqh": round(sum(by_quarter) / len(by_quarter), 2),
        "average": round(listened / length, 3),
        "bytes": sum(one.sent for one in of_channel if period.start <= one.end < period.end),
        "new": sum(period.start <= one.start < period.end for one in of_channel if not one.returning),
        "returning": sum(period.start <= one.start < period.end for one in of_channel if one.returning),
    }


def some_sessions(number: int, since: int, until: int) -> list[Session]:
    """Sessions of seconds and hours. Nobody holds two at one time, so that active sessions are active persons."""
    dice = random.Random(26)
    free: dict[str, int] = {}
    found: dict[Session, None] = {}
    for start in sorted(dice.randrange(since, until) for _ in range(number)):
        who = f"listener {dice.randrange(60)}"
        if free.get(who, 0) <= start:
            lasted = dice.choice((5, 59, 60, 300, 1800, 9000)) * SECOND + dice.randrange(1000)
            free[who] = start + lasted + QUARTER
            channel, country = dice.choice(("/jazz", "/live", "/rock")), dice.choice(("DE", "US", "private"))
            found[
                Session(
                    start,
                    start + lasted,
                    channel,
                    country,
                    who,
                    sent=dice.randrange(10**7),
                    returning=dice.random() < 0.5,
                )
            ] = None
    return list(found)


@pytest.mark.parametrize(
    ("by", "since", "until"),
    [
        ("hour", "2026-03-28T20:00", "2026-03-29T20:00"),
        ("day", "2026-03-27T00:00", "2026-03-31T00:00"),
        ("part", "2026-03-28T00:00", "2026-03-30T00:00"),
        ("week", "2026-03-27T00:00", "2026-03-31T00:00"),
        ("month", "2026-03-27T00:00", "2026-03-31T00:00"),
    ],
)
async def test_figures_are_those_of_the_sessions(
    tmp_path: Path, stores: list[Database], by: By, since: str, until: str
) -> None:
    """Over the night on which the clocks change, and around it."""
    sessions = some_sessions(700, at("2026-03-27T00:00"), at("2026-03-31T00:00"))
    stores.append(store(tmp_path, sessions))
    rows = await figures(stores[0], by, since, until)
    wanted = list(periods(by, BERLIN, at(since), at(until)))
    assert len(rows) == 4 * len(wanted)
    assert [row.channel for row in rows[:4]] == [None, "/jazz", "/live", "/rock"]
    for number, row in enumerate(rows):
        period = wanted[number // 4]
        expected = counted(sessions, period, row.channel)
        assert {name: getattr(row, name) for name in expected} == expected, (row.period, row.part, row.channel)
        assert (row.period, row.part) == (period.name, period.part)


async def test_distinct_listeners_are_united_not_summed(tmp_path: Path, stores: list[Database]) -> None:
    """The same hundred people on each of seven days, on two channels: a hundred."""
    sessions = [
        Session(at(f"2026-06-0{day}T12:00") + number, at(f"2026-06-0{day}T12:30"), channel, who=f"listener {number}")
        for day in range(1, 8)
        for channel in ("/jazz", "/live")
        for number in range(100)
    ]
    stores.append(store(tmp_path, sessions))
    (week,) = await figures(stores[0], "week", "2026-06-01T00:00", "2026-06-08T00:00", channel="")
    days = await figures(stores[0], "day", "2026-06-01T00:00", "2026-06-08T00:00", channel="")
    assert (week.cume, week.listeners, week.ss) == (100, 100, 1400)
    assert [day.cume for day in days] == [100] * 7
    assert week.period == "2026-W23"


async def test_a_large_audience_is_counted_closely(tmp_path: Path, stores: list[Database]) -> None:
    """20,000 listeners, each on two of eight days."""
    sessions = [
        Session(at(f"2026-06-0{day}T12:00") + number, at(f"2026-06-0{day}T12:10"), who=f"listener {number}")
        for number in range(20_000)
        for day in (1 + number % 4, 5 + number % 4)
    ]
    stores.append(store(tmp_path, sessions))
    (month,) = await figures(stores[0], "month", "2026-06-01T00:00", "2026-06-08T00:00", channel="")
    assert month.cume == pytest.approx(20_000, rel=0.04)  # two and a half standard errors
    assert month.ss == 40_000
    assert month.peak == 5_000


async def test_days_of_silence_are_zeros_and_tomorrow_is_not_there(tmp_path: Path, stores: list[Database]) -> None:
    stores.append(store(tmp_path, [Session(at("2026-06-02T12:00"), at("2026-06-02T13:00"))]))
    days = await figures(stores[0], "day", "2026-06-01T00:00", "2026-06-04T00:00")
    assert [(day.period, day.channel, day.tlh, day.cume) for day in days] == [
        ("2026-06-01", None, 0, 0), ("2026-06-01", "/live", 0, 0),
        ("2026-06-02", None, 1, 1), ("2026-06-02", "/live", 1, 1),
        ("2026-06-03", None, 0, 0), ("2026-06-03", "/live", 0, 0),
    ]  # fmt: skip


async def test_a_day_that_is_not_over_says_so_and_averages_over_what_has_passed(
    tmp_path: Path, stores: list[Database]
) -> None:
    stores.append(store(tmp_path, [Session(at("2026-06-02T00:00"), at("2026-06-02T06:00"))]))
    (day,) = await figures(
        stores[0], "day", "2026-06-02T00:00", "2026-06-02T01:00", channel="", now=at("2026-06-02T06:00")
    )
    assert (day.complete, day.tlh, day.aas, day.aqh) == (False, 6, 1, 1)
    (over,) = await figures(stores[0], "day", "2026-06-02T00:00", "2026-06-02T01:00", channel="")
    assert (over.complete, over.tlh, over.aas, over.aqh) == (True, 6, 0.25, 0.25)


async def test_with_daily_keys_nobody_is_new_or_returning(tmp_path: Path, stores: list[Database]) -> None:
    stores.append(store(tmp_path, [Session(at("2026-06-02T00:00"), at("2026-06-02T06:00"))]))
    (day,) = await figures(stores[0], "day", "2026-06-02T00:00", "2026-06-02T01:00", channel="", returning=False)
    assert (day.new, day.returning) == (None, None)


async def test_a_channel_nobody_knows_is_zeros(tmp_path: Path, stores: list[Database]) -> None:
    stores.append(store(tmp_path, [Session(at("2026-06-02T00:00"), at("2026-06-02T06:00"))]))
    (day,) = await figures(stores[0], "day", "2026-06-02T00:00", "2026-06-02T01:00", channel="/nothing")
    assert (day.channel, day.sessions, day.cume) == ("/nothing", 0, 0)


async def test_a_page_ends_before_it_grows_too_large(
    tmp_path: Path, stores: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = [Session(at("2026-06-02T00:00"), at("2026-06-03T06:00"), f"/{number}") for number in range(9)]
    stores.append(store(tmp_path, sessions))
    monkeypatch.setattr(audience, "ROWS", 35)
    wanted = list(periods("day", BERLIN, at("2026-06-01T00:00"), at("2026-06-08T00:00")))
    found = [page async for page in audience.pages(stores[0], wanted, View(BERLIN, LATER))]
    assert [row.period for page in found for row in page.rows if row.channel is None] == [day.name for day in wanted]
    assert sum(page.periods for page in found) == 7
    assert all(len(page.rows) <= 35 for page in found)
    assert len(found) > 1
    assert all(one.rows[-1].period < other.rows[0].period for one, other in pairwise(found))
