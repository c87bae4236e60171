"""Countries, and what collecting societies ask for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.reports.calendar import Period, periods
from exporter.reports.places import places, royalties
from exporter.store.database import Database
from tests.reports.listening import HOUR, Session, store

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
async def listened(tmp_path: Path) -> AsyncIterator[Database]:
    """Three hours from Germany, one from the US and half a minute from nowhere; the US listens over the month's end."""
    database = store(
        tmp_path,
        [
            Session(at("2026-04-10T10:00"), at("2026-04-10T12:00"), "/live", "DE", "anna", sent=200),
            Session(at("2026-04-10T10:00"), at("2026-04-10T11:00"), "/jazz", "DE", "bert", sent=100),
            Session(at("2026-04-30T21:30"), at("2026-04-30T22:30"), "/jazz", "US", "cleo", sent=50),
            Session(at("2026-04-10T10:00"), at("2026-04-10T10:00") + 30_000, "/jazz", "unknown", "dora"),
        ],
    )
    yield database
    await database.close()


async def test_countries_by_their_hours(listened: Database) -> None:
    whole = Period("", at("2026-04-01T00:00"), at("2026-05-02T00:00"))
    rows = await places(listened, whole)
    assert [(row.country, row.sessions, row.ss, row.tlh, row.bytes) for row in rows] == [
        ("DE", 2, 2, 3.0, 300),
        ("US", 1, 1, 1.0, 50),
        ("unknown", 1, 0, 0.0, 0),
    ]
    assert sum(row.share for row in rows) == pytest.approx(1, abs=0.0002)
    assert rows[0].share == pytest.approx(3 / (4 + 30 / 3600), abs=0.0001)
    assert [(row.country, row.tlh) for row in await places(listened, whole, "/jazz")] == [
        ("DE", 1.0), ("US", 1.0), ("unknown", 0.0),
    ]  # fmt: skip
    assert await places(listened, Period("", at("2026-05-05T00:00"), at("2026-05-06T00:00"))) == []


async def test_hours_of_the_us_by_month_beside_the_threshold(listened: Database) -> None:
    """The station's May begins at 22:00 UTC of the last day of April: half an hour in each."""
    months = list(periods("month", BERLIN, at("2026-04-15T00:00"), at("2026-05-02T00:00")))
    found = [rows async for rows in royalties(listened, months, ["US", "GB"], BERLIN, at("2026-05-02T00:00"))]
    assert [
        (row.month, row.complete, row.channel, row.country, row.ath, row.ss, row.threshold)
        for page in found
        for row in page
    ] == [
        ("2026-04", True, "/jazz", "US", 0.5, 1, 159_140),
        ("2026-05", False, "/jazz", "US", 0.5, 0, 159_140),
    ]  # fmt: skip


async def test_the_threshold_is_reached(tmp_path: Path) -> None:
    month = at("2026-04-01T00:00")
    sessions = [
        Session(month + number, month + 400 * HOUR, "/live", country, f"{country}{number}")
        for number in range(4)
        for country in ("US", "GB")
    ]
    database = store(tmp_path, sessions)
    months = list(periods("month", ZoneInfo("UTC"), month, month + 1))
    (rows,) = [rows async for rows in royalties(database, months, ["US", "GB"], BERLIN, month)]
    await database.close()
    assert [(row.country, row.ath, row.threshold, row.of_threshold) for row in rows] == [
        ("GB", 1600.0, None, None),
        ("US", 1600.0, 159_140, 0.010054),
    ]
