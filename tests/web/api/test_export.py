"""Exports: every kind, both forms, in constant memory, and never half as if it were whole."""

import asyncio
import csv
import io
import json
import logging
import sqlite3
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import Connection

from exporter.errors import StoreFailed
from exporter.reports import single
from exporter.web.api import export
from tests.reports.airplay import hour
from tests.reports.listening import Session, hashed, play, plays
from tests.web.api.figures import Client, at, database, listened

MONTH = "from=2026-03-01&to=2026-04-01"
SESSIONS = [
    Session(at("2026-03-10T10:00"), at("2026-03-10T11:00"), "/jazz", "DE", "anna", "Berlin", sent=1000),
    Session(at("2026-03-10T10:30"), at("2026-03-10T11:30"), "=cmd|'/c calc'!A1", "US", "bert", "Springfield", sent=500),
]


async def rows(client: Client, query: str) -> list[dict[str, Any]]:
    """The rows of a CSV."""
    async with client.get(f"/api/v1/stats/export?{query}") as reply:
        assert reply.status == 200, await reply.text()
        return list(csv.DictReader(io.StringIO((await reply.read()).decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize(
    ("kind", "number"),
    [("sessions", 2), ("hourly", 743 * 3), ("daily", 93), ("geo", 2), ("listens", 1), ("royalty", 1), ("plays", 2)],
)
async def test_csv_and_json_hold_the_same(kind: str, number: int) -> None:
    """March has 743 hours in Berlin."""
    async with listened(SESSIONS) as client:
        await database(client).write(
            lambda connection: plays(connection, [play(at("2026-03-10T10:00"), duration=61_500)])
        )
        await database(client).write(log)
        table = await rows(client, f"kind={kind}&{MONTH}")
        async with client.get(f"/api/v1/stats/export?kind={kind}&{MONTH}&format=json") as reply:
            assert reply.content_type == "application/json"
            objects = json.loads(await reply.read())
    assert len(table) == len(objects) == number
    for row, found in zip(table, objects, strict=True):
        assert list(row) == list(found)
        assert row == {name: _cell(value) for name, value in found.items()}


def log(connection: Connection) -> None:
    """What was played."""
    hour(connection, at("2026-03-10T10:00"))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith("=") else text


async def test_headers_of_a_download() -> None:
    async with listened(SESSIONS) as client:
        async with client.get(f"/api/v1/stats/export?kind=sessions&{MONTH}&bom=1") as reply:
            assert reply.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
            assert (
                reply.headers["Content-Disposition"]
                == 'attachment; filename="radio-sessions-2026-03-01-2026-04-01.csv"'
            )
            assert reply.headers["Cache-Control"] == "no-store"
            assert (await reply.read()).startswith(b"\xef\xbb\xbfstarted,ended,")
        async with client.head(f"/api/v1/stats/export?kind=sessions&{MONTH}") as reply:
            assert reply.status == 405


async def test_nobody_is_in_it() -> None:
    """Neither hash nor coordinate; the city of one listener is left out, and a channel's name is no formula."""
    async with listened(SESSIONS, geoip={"min_cell": 2}) as client:
        async with client.get(f"/api/v1/stats/export?kind=sessions&{MONTH}") as reply:
            text = await reply.text()
        everything = [text]
        for path in (
            "/api/v1/stats/daily?from=2026-03-10&to=2026-03-11",
            "/api/v1/stats/geo?from=2026-03-10&to=2026-03-11",
        ):
            async with client.get(path) as reply:
                everything.append(await reply.text())
    for answer in everything:
        for secret in (
            "52.52",
            "13.4",
            "Springfield",
            "Berlin\r",
            *(hashed(name).hex() for name in ("anna", "address anna")),
        ):
            assert secret not in answer
    assert ",'=cmd|'/c calc'!A1," in text
    assert "," not in text.splitlines()[1].split("/jazz,")[1].split(",VLC")[0].removeprefix("icecast,DE,")


async def test_days_by_channel_and_week() -> None:
    async with listened(SESSIONS) as client:
        found = await rows(client, f"kind=daily&by=week&channel=/jazz&{MONTH}")
    assert [(row["period"], row["tlh"]) for row in found if float(row["tlh"])] == [("2026-W11", "1.0")]
    assert len(found) == 6


async def test_the_play_log() -> None:
    async with listened() as client:
        await database(client).write(log)
        first, second = await rows(client, f"kind=plays&{MONTH}")
        assert [row["songtype"] for row in await rows(client, f"kind=plays&songtype=J&{MONTH}")] == ["J"]
        for query in ("kind=plays&songtype=Z", "kind=plays&channel=/jazz", "kind=sessions&songtype=S"):
            async with client.get(f"/api/v1/stats/export?{query}") as reply:
                assert reply.status == 400, query
                assert "allowed:" in (await reply.json())["error"]
    assert first == {
        "server": "studio-a", "started": "2026-03-10T10:00:00+01:00", "artist": "Die Käfer", "title": "'=1+1",
        "album": "Eins", "label": "Apfel", "isrc": "DEA120600001", "songtype": "S", "aired": "21.5",
        "nominal": "180.0", "listeners_before": "10", "listeners_after": "12", "requested": "true", "skipped": "true",
    }  # fmt: skip
    assert (second["aired"], second["nominal"], second["skipped"], second["requested"]) == ("", "", "", "false")


@pytest.mark.parametrize("kind", export.KINDS)
async def test_nothing_is_a_header(kind: str) -> None:
    async with listened() as client:
        async with client.get(f"/api/v1/stats/export?kind={kind}&from=2026-03-01&to=2026-03-02&format=json") as reply:
            found = await reply.json()
        async with client.get(f"/api/v1/stats/export?kind={kind}&from=2026-03-01&to=2026-03-02") as reply:
            assert len((await reply.text()).splitlines()) == 1 + len(found)
    assert all(not row["tlh"] for row in found)


async def test_a_store_that_fails_on_the_way_breaks_it_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client sees an error, not the end."""
    whole, asked = single._sessions, []

    def fails_at_the_third(connection: Connection, **page: Any) -> Any:
        asked.append(page)
        if len(asked) == 3:
            raise StoreFailed("the disk cannot be read or written")
        return whole(connection, **page)

    monkeypatch.setattr(single, "AT_ONCE", 1)
    monkeypatch.setattr(single, "_sessions", fails_at_the_third)
    async with listened(SESSIONS) as client:
        async with client.get(f"/api/v1/stats/export?kind=sessions&{MONTH}") as reply:
            assert reply.status == 200
            with pytest.raises(aiohttp.ClientPayloadError):
                await reply.read()
        async with client.get("/health") as reply:
            assert reply.status == 200
    assert "an export was broken off: the disk cannot be read or written" in caplog.text


async def _stalled(client: Client) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A reader who has asked for everything and reads nothing."""
    reader, writer = await asyncio.open_connection(client.host, client.port, limit=1024)
    writer.write(f"GET /api/v1/stats/export?kind=sessions&{MONTH} HTTP/1.1\r\nHost: radio\r\n\r\n".encode())
    await reader.readuntil(b"\r\n")
    await asyncio.sleep(0.3)
    return reader, writer


async def _logged(caplog: pytest.LogCaptureFixture, line: str) -> None:
    async with asyncio.timeout(20):
        while line not in caplog.text:
            await asyncio.sleep(0.02)


def _many(number: int) -> list[Session]:
    start = at("2026-03-05T00:00")
    return [
        Session(start + 1000 * one, start + 1000 * one + 5000, 200 * "x", who=str(one % 50)) for one in range(number)
    ]


async def test_a_slow_reader_holds_nothing_up() -> None:
    """No lock, no read transaction: the store is written, and its log can be emptied."""
    async with listened(_many(30_000)) as client:
        reader, writer = await _stalled(client)
        await asyncio.wait_for(
            database(client).write(lambda connection: plays(connection, [play(at("2026-03-10T10:00"))])), 5
        )
        assert _log_is_emptied(client)
        assert [row["source"] for row in await rows(client, f"kind=listens&{MONTH}")] == ["jazz"]
        writer.close()
        await writer.wait_closed()
        del reader


def _log_is_emptied(client: Client) -> bool:
    """SQLite cannot empty its log (WAL) while anybody is in a transaction that reads from it."""
    with sqlite3.connect(database(client).file, timeout=1) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    return not busy


async def test_a_reader_that_takes_nothing_is_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "TAKEN_WITHIN", 0.2)
    async with listened(_many(30_000)) as client:
        _, writer = await _stalled(client)
        await _logged(caplog, "an export was broken off: its reader is too slow")
        writer.close()


async def test_a_reader_that_leaves_is_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make = TestServer._make_runner  # it cancels handlers whose client has left; the exporter's own server does not
    monkeypatch.setattr(
        TestServer, "_make_runner", lambda server, **how: make(server, **(how | {"handler_cancellation": False}))
    )
    async with listened(_many(30_000)) as client:
        _, writer = await _stalled(client)
        writer.transport.abort()
        await _logged(caplog, "an export was broken off: its reader is gone")
    assert not [
        record for record in caplog.records if record.levelno >= logging.ERROR and record.name.startswith("aiohttp")
    ]
