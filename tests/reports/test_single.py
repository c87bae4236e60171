"""Single sessions and plays, as they are handed out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy
from sqlalchemy import Connection, update

from exporter.reports import single
from exporter.reports.rows import ListenRow, SessionRow
from exporter.store.database import Database
from exporter.store.schema import session
from tests.reports import listening
from tests.reports.listening import SECOND, Session, play, plays, store

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


BEGIN, END = at("2026-03-29T00:00"), at("2026-03-30T00:00")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    empty = store(tmp_path)
    yield empty
    await empty.close()


def fill(database: Database, sessions: list[Session]) -> None:
    database.write_now(lambda connection: listening.fill(connection, sessions))


async def sessions(database: Database, since: int = BEGIN, until: int = END, **how: Any) -> list[SessionRow]:
    pages = single.sessions(database, BERLIN, since, until, **{"min_cell": 1, "returning": True} | how)
    return [row async for page in pages for row in page]


async def test_a_session_in_the_stations_time(database: Database) -> None:
    fill(
        database, [Session(at("2026-03-29T00:59"), at("2026-03-29T01:02") + 500, "/live", "DE", city="Berlin", sent=42)]
    )
    assert await sessions(database) == [
        SessionRow(
            started="2026-03-29T01:59:00+01:00", ended="2026-03-29T03:02:00+02:00", duration=180.5, qualified=True,
            server="main", channel="/live", protocol="icecast", country="DE", city="Berlin", player="VLC",
            player_class="desktop", bytes=42, reason="left", returning=False,
        )
    ]  # fmt: skip
    (row,) = await sessions(database, returning=False)
    assert row.returning is None


async def test_those_that_ended_in_the_stretch_each_once_in_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many end in the same millisecond, as when a server stops; pages are smaller than that."""
    monkeypatch.setattr(single, "AT_ONCE", 7)
    ends = [BEGIN - 1, *[BEGIN] * 20, BEGIN + 1, *[BEGIN + 2] * 15, END - 1, END]
    fill(database, [Session(end - 90 * SECOND, end, f"/{number}") for number, end in enumerate(ends)])
    found = await sessions(database)
    assert sorted(int(row.channel[1:]) for row in found) == list(range(1, 38))
    assert [row.ended for row in found] == sorted(row.ended for row in found)


async def test_relays_bots_open_and_half_told_sessions_are_not_among_them(database: Database) -> None:
    fill(database, [Session(BEGIN, BEGIN + 1000 * number, f"/{number}") for number in range(1, 5)])
    for channel, changes in (("/1", {"person": False}), ("/2", {"begun": False}), ("/3", {"ended": None})):
        database.write_now(
            lambda connection, channel=channel, changes=changes: connection.execute(
                update(session).values(changes).where(session.c.channel == channel)
            )
        )
    assert [row.channel for row in await sessions(database)] == ["/4"]


async def test_a_city_is_named_where_enough_people_were(database: Database) -> None:
    """Three people of Berlin; in Ulm one who came three times; in Bonn three, of whom one came on another day."""
    people = [
        ("Berlin", "a", 1),
        ("Berlin", "b", 2),
        ("Berlin", "c", 3),
        ("Ulm", "d", 4),
        ("Ulm", "d", 5),
        ("Ulm", "d", 6),
    ]
    people += [("Bonn", "e", 7), ("Bonn", "f", 8), ("Bonn", "g", 90_000)]
    fill(database, [Session(BEGIN, BEGIN + after * SECOND, who=who, city=city) for city, who, after in people])
    assert [row.city for row in await sessions(database, min_cell=3)] == ["Berlin"] * 3 + [""] * 5
    assert [row.city for row in await sessions(database, min_cell=1)] == [
        city for city, _, after in people if after < 90
    ]
    assert [row.city for row in await sessions(database, until=END + END - BEGIN, min_cell=3)] == [
        *["Berlin"] * 3, *[""] * 3, *["Bonn"] * 3,
    ]  # fmt: skip


async def test_nothing_tells_who_it_was() -> None:
    assert not {"identity", "address", "latitude", "longitude", "session_key", "connection", "id"} & {
        *SessionRow.__struct_fields__,
        *ListenRow.__struct_fields__,
    }


async def test_plays_in_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "AT_ONCE", 3)
    rows = [play(END - 1, source="last", duration=1500)]
    rows += [play(BEGIN + number // 5, source=str(number)) for number in range(10)]
    rows += [play(BEGIN - 1), play(END)]
    database.write_now(lambda connection: plays(connection, rows))
    found = [row async for page in single.listens(database, BERLIN, BEGIN, END) for row in page]
    assert [row.source for row in found] == [*map(str, range(10)), "last"]
    assert found[0] == ListenRow("2026-03-29T01:00:00+01:00", "0", "DE", "Firefox", "desktop", "example.org", None)
    assert (found[-1].at, found[-1].duration) == ("2026-03-30T01:59:59+02:00", 1.5)


async def test_every_page_is_found_by_the_index(database: Database) -> None:
    """However many sessions there are: the plan of each statement, as SQLite tells it."""
    said: list[tuple[str, object]] = []
    sqlalchemy.event.listen(
        database._reading, "before_cursor_execute", lambda _c, _r, sql, values, *_: said.append((sql, values))
    )
    fill(database, [Session(BEGIN, BEGIN + 1000)])
    await sessions(database)
    assert [row async for page in single.listens(database, BERLIN, BEGIN, END) for row in page] == []
    pages = [(sql, values) for sql, values in said if "LIMIT" in sql]
    plans = [await database.read(partial(_plan, sql=sql, values=values)) for sql, values in pages]
    assert len(plans) == 3
    assert all("USING INDEX session_ended" in plan or "USING INDEX listen_at" in plan for plan in plans)


def _plan(connection: Connection, sql: str, values: Any) -> str:
    return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())
