"""What was played, as it is handed out: on SQLite and on MariaDB."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy
from sqlalchemy import Connection

from exporter.reports import music
from exporter.reports.query import Stretch
from exporter.reports.rows import OnAir, PlayRow, SongPlay
from exporter.store.database import Database
from exporter.store.schema import play
from tests.reports.airplay import MINUTE, Song, air, ask
from tests.store.stores import KINDS, store, url_of

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    """A moment by the clock in Berlin, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


NOON = at("2026-03-10T12:00")
DAY = Stretch(at("2026-03-10"), at("2026-03-11"))
JINGLE = Song(0, "", "Jingle 1", "", "", "")


@pytest.fixture(params=KINDS)
def database(request, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as opened:
        yield opened


def fill(database: Database, *steps: Any) -> None:
    """Plays, each the arguments of `air`."""

    def run(connection: Connection) -> None:
        for arguments, more in steps:
            air(connection, *arguments, **more)

    database.write_now(run)


def one(*arguments: Any, **more: Any) -> Any:
    return arguments, more


async def rows(database: Database, stretch: Stretch = DAY, songtype: str | None = None) -> list[PlayRow]:
    return [row async for page in music.plays(database, BERLIN, stretch, songtype) for row in page]


async def test_a_play_as_the_royalty_clerk_reads_it(database: Database) -> None:
    night = at("2026-03-29T01:59:30")
    fill(
        database,
        one(1, night + 400, aired=61_500, nominal=183_250, request_id=9, skipped=False),
        one(2, night + MINUTE, JINGLE, songtype="J", aired=None, nominal=0, skipped=None, listeners_after=None),
    )
    first, second = await rows(database, Stretch(night, night + 2 * MINUTE))
    assert first == PlayRow(
        server="studio-a", started="2026-03-29T01:59:30+01:00", artist="Die Käfer", title="Hallo", album="Eins",
        label="Apfel", isrc="DEA120600001", songtype="S", aired=61.5, nominal=183.25, listeners_before=10,
        listeners_after=12, requested=True, skipped=False,
    )  # fmt: skip
    assert second.started == "2026-03-29T03:00:30+02:00", "the clock went an hour ahead"
    assert (second.aired, second.nominal, second.skipped, second.listeners_after) == (None, None, None, None)
    assert second.requested is False


async def test_each_play_of_the_stretch_once_in_order(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many at the same time, over two generations of a history; pages smaller than that; two studios."""
    monkeypatch.setattr(music, "AT_ONCE", 4)
    steps, expected = [], []
    for server in ("studio-b", "studio-a"):
        of_server = Song(server=server)
        steps += [one(1000, DAY.since - 1, of_server), one(1001, DAY.until, of_server), one(1002, None, of_server)]
    for server in ("studio-a", "studio-b"):
        for when in (DAY.since, NOON, DAY.until - 1):
            for generation in (1, 2):
                for number in (2, 10, 1):
                    history_id = number + (when // 1000) % 100_000 * 100
                    title = f"{server} {when} {generation} {number:02}"
                    song = Song(server=server, title=title)
                    steps.append(one(history_id, when, song, generation=generation))
                    expected.append(title)
    fill(database, *steps)
    found = [row.title for row in await rows(database)]
    assert found == sorted(expected)


async def test_one_type_alone(database: Database) -> None:
    fill(database, one(1, NOON), one(2, NOON + 1, JINGLE, songtype="J"), one(3, NOON + 2, JINGLE, songtype="?"))
    assert [row.songtype for row in await rows(database, songtype="J")] == ["J"]
    assert [row.songtype for row in await rows(database, songtype="?")] == ["?"]
    assert [row.songtype for row in await rows(database)] == ["S", "J", "?"]


async def test_every_page_is_found_by_the_index(tmp_path: Path, request) -> None:
    """However many plays there are: the plan of each statement, as SQLite tells it."""
    said: list[tuple[str, Any]] = []
    with store(url_of("sqlite", tmp_path, request)) as database:
        fill(database, one(1, NOON))
        listener = lambda _c, _r, sql, values, *_: said.append((sql, values))  # noqa: E731
        sqlalchemy.event.listen(database._reading, "before_cursor_execute", listener)
        await rows(database)
        await rows(database, songtype="S")
        await music.on_air(database, ["studio-a"], BERLIN, NOON)
        await music.one_song(database, "studio-a", 7, DAY, BERLIN, limit=10, offset=0)
        pages = [(sql, values) for sql, values in said if "FROM play" in sql]
        plans = [database.read_now(partial(_plan, sql=sql, values=values)) for sql, values in pages]
    assert len(plans) == 7
    for plan in plans:
        assert "SEARCH play USING" in plan
        assert "SCAN play" not in plan
    assert all("USING INDEX play_started (server=? AND started>? AND started<?)" in plan for plan in plans[:4])


def _plan(connection: Connection, sql: str, values: Any) -> str:
    return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())


async def test_what_is_on_the_air(database: Database) -> None:
    waiting = {"aired": None, "skipped": None, "listeners_after": None}
    other = Song(3, "Otto", "Ende", "Zwei", server="studio-b")
    unknown = Song(4, "Ida", "Offen", server="studio-c")
    fill(
        database,
        one(1, NOON - 9 * MINUTE),
        one(2, NOON - MINUTE, nominal=200_500, request_id=3, **waiting),
        one(3, None, JINGLE, songtype="J", aired=None, skipped=None),  # a zero date
        one(4, NOON - 1000, JINGLE, songtype="J", skipped=None),  # plays over it
        one(1, NOON - 60 * MINUTE, other, **waiting),
        one(9, NOON - 600, unknown, nominal=0, **waiting | {"listeners_before": None}),
    )
    a, b, c = await music.on_air(
        database, ["studio-a", "studio-b", "studio-c", "studio-d"], BERLIN, NOON
    )  # nothing is known of the last
    assert a == OnAir(
        server="studio-a", song_id=7, artist="Die Käfer", title="Hallo", album="Eins", songtype="S",
        started="2026-03-10T11:59:00+01:00", nominal=200.5, left=140.5, listeners=10, requested=True,
    )  # fmt: skip
    assert (b.title, b.left, b.requested) == ("Ende", 0, False)
    assert (c.title, c.nominal, c.left, c.listeners) == ("Offen", None, None, None)


async def test_the_newest_is_of_the_newest_history(database: Database) -> None:
    """After a history was replaced its numbers begin anew."""
    fill(database, one(500, NOON - MINUTE, aired=None, skipped=None), one(1, NOON, Song(8), generation=2))
    (found,) = await music.on_air(database, ["studio-a"], BERLIN, NOON)
    assert (found.song_id, found.left) == (8, 0), "what is known to be over has nothing left"


async def test_one_song(database: Database) -> None:
    """Its name was corrected; another studio has another song under the number."""
    fill(
        database,
        one(1, DAY.since - 1, Song(title="Halo")),
        one(2, DAY.since, Song(title="Halo"), request_id=5),
        one(3, NOON, aired=20_000, skipped=True, listeners_before=None),
        one(4, DAY.until, nominal=0),
        one(5, NOON, Song(8)),
        one(3, NOON, Song(server="studio-b")),
        one(6, None),
    )

    def requests(connection: Connection) -> None:
        for number, outcome in enumerate(("played", "ignored", "expired", "pending", "song_queued", "web_script")):
            ask(connection, number, NOON, outcome=outcome)
        ask(connection, 10, DAY.until)
        ask(connection, 11, None)
        ask(connection, 12, NOON, song_id=8)
        ask(connection, 13, NOON, server="studio-b")

    database.write_now(requests)
    found = await music.one_song(database, "studio-a", 7, DAY, BERLIN, limit=10, offset=0)
    assert (found.artist, found.title, found.plays, found.requests) == ("Die Käfer", "Hallo", 2, 4)
    assert found.rows == [
        SongPlay("2026-03-10T12:00:00+01:00", 20.0, 180.0, True, None, 12, False),
        SongPlay("2026-03-10T00:00:00+01:00", 180.0, 180.0, False, 10, 12, True),
    ]
    page = await music.one_song(database, "studio-a", 7, DAY, BERLIN, limit=1, offset=1)
    assert (page.plays, page.rows) == (2, found.rows[1:])
    nothing = await music.one_song(database, "studio-a", 99, DAY, BERLIN, limit=1, offset=0)
    assert (nothing.artist, nothing.title, nothing.plays, nothing.requests, nothing.rows) == (None, None, 0, 0, [])


async def test_a_type_of_which_there_is_none_is_nothing(database: Database) -> None:
    fill(database, one(1, NOON))
    assert await rows(database, songtype="N") == []
    assert database.read_now(lambda connection: connection.execute(play.select()).first()) is not None
