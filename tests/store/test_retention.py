"""What is beyond its retention goes, in small steps; what is within it stays."""

import asyncio
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Connection, func, select

from exporter.config.schema import Retention
from exporter.config.units import Duration
from exporter.errors import StoreFailed
from exporter.store import event_find, events, schema, watched
from exporter.store.database import Database
from exporter.store.retention import MOST, Cleaner, expiries
from exporter.store.schema import audit, erasure, listen, quarter, session, total
from exporter.store.size import Size
from tests.audience.books import audience
from tests.events.happenings import event as happening
from tests.reports.airplay import air, asks
from tests.reports.listening import SECOND, Session, play, plays, row
from tests.running import config, exporter, scrape
from tests.store.stores import KINDS, store, url_of

DAY = 86_400_000
RETENTION = Retention(sessions=Duration("30d"), listens=Duration("90d"), requesters=Duration("60d"))


def now() -> int:
    return time.time_ns() // 1_000_000


def ended(ago: int, **more: object) -> dict[str, object]:
    """A session that ended so many days ago."""
    at = now() - ago * DAY
    return row(Session(at - 60 * SECOND, at, who=f"{ago} {more}")) | more


def count(database: Database, table) -> int:
    return database.read_now(lambda c: c.scalar(select(func.count()).select_from(table)))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_too_old_goes_and_the_rest_stays(kind: str, tmp_path: Path, request) -> None:
    def fill(connection: Connection) -> None:
        rows = [ended(day) for day in (0, 29, 31, 400)]
        connection.execute(session.insert(), [*rows, ended(500, ended=None)])
        plays(connection, [play(now() - day * DAY) for day in (1, 89, 91, 92)])
        connection.execute(
            erasure.insert(), [{"id": day, "at": now() - day * DAY, "address": b"a" * 16} for day in (1, 40)]
        )
        connection.execute(audit.insert().values(at=0, action="forget", row_count=1, detail="by address"))
        connection.execute(quarter.insert().values([0, "/live", "DE", *range(8)]))

    with store(url_of(kind, tmp_path, request)) as database:
        database.write_now(fill)
        removed = await Cleaner(database, lambda: RETENTION).clean()
        assert removed == {"session": 2, "listen": 2, "erasure": 1, "request": 0, "event": 0}
        left = database.read_now(lambda c: c.scalars(select(session.c.ended)).all())
        assert sum(at is None for at in left) == 1, "who still listens stays, however long ago it began"
        assert all(at is None or at > now() - 30 * DAY for at in left)
        assert [count(database, table) for table in (session, listen, erasure, audit, quarter)] == [3, 2, 1, 1, 1]
        assert not any((await Cleaner(database, lambda: RETENTION).clean()).values())


def hashed(number: int) -> bytes:
    return number.to_bytes(16, "big")


def requesters(database: Database) -> dict[int, bytes | None]:
    """By request, who it was."""
    query = select(schema.request.c.request_id, schema.request.c.requester)
    rows = database.read_now(lambda c: c.execute(query).all())
    return {number: None if who is None else bytes(who) for number, who in rows}


@pytest.mark.parametrize("kind", KINDS)
async def test_who_asked_for_a_song_is_cleared_and_the_request_stays(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Also of one without a time: nobody knows how old it is."""
    days = {1: 0, 2: 59, 3: 61, 4: 400, 5: None, 6: 61}
    rows = [
        {"asked": None if age is None else now() - age * DAY, "requester": hashed(number) if number != 6 else None}
        for number, age in days.items()
    ]
    with store(url_of(kind, tmp_path, request)) as database:
        database.write_now(lambda c: asks(c, rows))
        assert (await measured(database)).lag["request"] == pytest.approx(340 * DAY / 1000, abs=60)
        removed = await Cleaner(database, lambda: RETENTION).clean()
        assert removed["request"] == 3
        assert requesters(database) == {1: hashed(1), 2: hashed(2), 3: None, 4: None, 5: None, 6: None}
        assert (await Cleaner(database, lambda: RETENTION).clean())["request"] == 0
        assert (await measured(database)).lag["request"] == 0


async def test_requesters_are_cleared_step_by_step(tmp_path: Path, monkeypatch, request) -> None:
    """One who asked often is in several steps; the young ones between the old stay."""
    monkeypatch.setattr("exporter.store.retention.PAUSE", 0.001)
    monkeypatch.setattr("exporter.store.retention.FEWEST", 10)
    monkeypatch.setattr("exporter.store.retention.MOST", 10)
    rows = [
        {"asked": now() - (70 if number % 2 else 1) * DAY, "requester": hashed(1 + number // 50)}
        for number in range(200)
    ]
    steps: list[int] = []
    nobody = select(func.count()).where(schema.request.c.requester.is_(None))
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: asks(c, rows))
        cleaner = Cleaner(database, lambda: RETENTION)
        cleaning = asyncio.create_task(cleaner.clean())
        while not cleaning.done():
            steps.append(await database.write(lambda c: c.scalar(nobody)))
        assert (await cleaning)["request"] == 100
        left = requesters(database)
    assert [who is None for who in left.values()] == [bool(number % 2) for number in range(200)]
    assert len(set(steps)) > 3
    assert max(more - less for less, more in pairwise(steps)) <= 10


async def test_what_is_cleared_is_found_by_an_index(tmp_path: Path, request) -> None:
    """The requests of years are many, those that name somebody few."""
    said: list[tuple[str, object]] = []
    with store(url_of("sqlite", tmp_path, request)) as database:
        sqlalchemy.event.listen(
            database._reading, "before_cursor_execute", lambda _c, _r, sql, values, *_: said.append((sql, values))
        )
        await Cleaner(database, lambda: RETENTION).clean()
        await measured(database)
        asked = [(sql, values) for sql, values in said if "request.requester >" in sql]
        plans = [database.read_now(partial(plan, sql=sql, values=values)) for sql, values in asked]
    assert len(plans) == 2
    assert all("USING INDEX request_requester (requester>?)" in found for found in plans)


def plan(connection: Connection, sql: str, values: object) -> str:
    return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())


async def measured(database: Database) -> Size:
    """What a round finds."""
    rounds = Cleaner(database, lambda: RETENTION).rounds()
    size = await anext(rounds)
    await rounds.aclose()
    return size


async def test_plays_and_requests_are_counted(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: (air(c, 1, now() - 4000 * DAY), air(c, 2, None), asks(c, [{}])))
        assert (await measured(database)).rows["play"] == 2
        await Cleaner(database, lambda: RETENTION).clean()
        behind = await measured(database)
    assert (behind.rows["play"], behind.rows["request"]) == (2, 1), "the log is kept for good"


@pytest.mark.parametrize("kind", KINDS)
async def test_sizes_and_lag(kind: str, tmp_path: Path, request) -> None:
    with store(url_of(kind, tmp_path, request)) as database:
        rounds = Cleaner(database, lambda: RETENTION, first_after=0, every=0).rounds()
        size = await anext(rounds)
        assert size.rows == dict.fromkeys(size.rows, 0)
        assert {
            "session",
            "listen",
            "quarter",
            "quarter_people",
            "journal",
            "total",
            "erasure",
            "audit",
            "play",
            "request",
        } <= size.rows.keys()
        assert size.size > 10_000
        assert size.lag == {"session": 0, "listen": 0, "erasure": 0, "request": 0, "event": 0}
        await rounds.aclose()
        database.write_now(lambda c: c.execute(session.insert(), [ended(32), ended(2)]))
        rounds = Cleaner(database, lambda: RETENTION, first_after=0, every=0).rounds()
        before, behind = await anext(rounds), await anext(rounds)
        await rounds.aclose()
    assert before.rows["session"] == 2
    assert before.lag["session"] == pytest.approx(2 * DAY / 1000, abs=60)
    assert behind.rows["session"] == 1
    assert behind.lag["session"] == 0


async def test_steps_are_small_and_leave_the_writer_to_others(tmp_path: Path, monkeypatch, request) -> None:
    monkeypatch.setattr("exporter.store.retention.PAUSE", 0.001)
    steps: list[int] = []
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(
            lambda c: c.execute(session.insert(), [ended(40, session_key=n.to_bytes(16, "big")) for n in range(9000)])
        )

        def removed(connection: Connection) -> int:
            return 9000 - (connection.scalar(select(func.count()).select_from(session)) or 0)

        cleaning = asyncio.create_task(Cleaner(database, lambda: RETENTION).clean())
        while not cleaning.done():
            steps.append(await database.write(removed))
        assert (await cleaning)["session"] == 9000
    assert len(set(steps)) > 5, "others wrote in between"
    assert max(more - less for less, more in pairwise(steps)) <= MOST


async def test_a_database_that_fails_is_tried_again(tmp_path: Path, caplog, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: c.execute(session.insert(), [ended(40)]))
        database.write_now(lambda c: c.exec_driver_sql("ALTER TABLE session RENAME TO away"))
        cleaner = Cleaner(database, lambda: RETENTION, first_after=0.05, every=0.05)
        first = asyncio.create_task(anext(cleaner.rounds()))
        async with asyncio.timeout(20):
            while not all(warning in caplog.text for warning in ("cannot be removed now", "cannot be measured now")):
                await asyncio.sleep(0.05)
        assert "rows beyond their retention cannot be removed now" in caplog.text
        assert "the database cannot be measured now" in caplog.text
        database.write_now(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO session"))
        assert (await asyncio.wait_for(first, 30)).rows["session"] == 0


async def test_since_when_a_server_was_watched_outlives_its_sessions(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        first = ended(60)
        rows = [first, ended(50), ended(10), ended(300, sender="access_log"), ended(45, server="b")]
        database.write_now(lambda c: c.execute(session.insert(), rows))
        before = [database.read_now(lambda c, name=name: watched.since(c, name)) for name in ("main", "b", "c")]
        assert before == [first["seen"], rows[4]["seen"], None]
        for _ in range(2):
            await Cleaner(database, lambda: RETENTION).clean()
            database.write_now(lambda c: c.execute(session.insert(), [ended(35)]))
        assert [database.read_now(lambda c, name=name: watched.since(c, name)) for name in ("main", "b", "c")] == before
        kept = database.read_now(lambda c: c.execute(select(total)).all())
        assert sorted((r.name, r.labels) for r in kept) == [("watched_since", "b"), ("watched_since", "main")]


async def test_what_is_put_down_is_no_metric_and_no_trouble(tmp_path: Path) -> None:
    async with audience(tmp_path) as books:
        await books._database.write(
            lambda c: c.execute(total.insert().values(name="watched_since", labels="main", value=1))
        )
    async with audience(tmp_path) as books:
        assert "watched_since" not in "".join(books.block().values())


async def test_the_exporter_shows_how_much_it_keeps(tmp_path: Path) -> None:
    settings = config(shoutcast=[{"name": "a", "url": "http://127.0.0.1:9"}], state_dir=str(tmp_path))
    async with exporter(settings) as client:
        for _ in range(100):
            page = await scrape(client)
            if page.get("radio_exporter_store_rows", table="session") is not None:
                break
            await asyncio.sleep(0.05)
    assert page.get("radio_exporter_store_rows", table="session") == 0
    assert page.get("radio_exporter_store_bytes") > 10_000
    assert page.get("radio_exporter_retention_lag_seconds", table="listen") == 0
    assert page.get("radio_exporter_retention_lag_seconds", table="request") == 0
    for table in ("play", "request"):
        assert page.get("radio_exporter_store_rows", table=table) == 0


def test_expiries_are_as_configured() -> None:
    retention = Retention(
        sessions=Duration("1d"), listens=Duration("2h"), requesters=Duration("3d"), events=Duration("4d")
    )
    found = {expiry.table.name: expiry.moment for expiry in expiries(retention, 100 * DAY)}
    assert found == {
        "session": 99 * DAY, "listen": 100 * DAY - 7_200_000, "erasure": 99 * DAY, "request": 97 * DAY, "event": 96 * DAY * 1024,
    }  # fmt: skip
    (cleared,) = [expiry.cleared for expiry in expiries(retention, 0) if expiry.cleared is not None]
    assert cleared is schema.request.c.requester, "the rows of requests stay"


async def test_a_failed_step_is_said_by_its_caller(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: c.exec_driver_sql("DROP TABLE listen"))
        with pytest.raises(StoreFailed):
            await Cleaner(database, lambda: RETENTION).clean()


@pytest.mark.parametrize("kind", KINDS)
async def test_events_go_with_their_words(kind: str, tmp_path: Path, request) -> None:
    told = [(happening(now() - age * DAY, message=f"aged {age}"), False) for age in (0, 89, 91, 92)]
    retention = Retention(events=Duration("90d"))
    with store(url_of(kind, tmp_path, request)) as database:
        database.write_now(lambda c: events.add(c, told))
        rounds = Cleaner(database, lambda: retention).rounds()
        size = await anext(rounds)
        await rounds.aclose()
        assert (size.rows["event"], size.lag["event"]) == (4, pytest.approx(2 * DAY / 1000, abs=60))
        assert (await Cleaner(database, lambda: retention).clean())["event"] == 2
        left = database.read_now(lambda c: event_find.find(c, event_find.Wanted(0, now() + DAY, text="aged"), 10))
    assert [one.event.message for one in left] == ["aged 0", "aged 89"]
