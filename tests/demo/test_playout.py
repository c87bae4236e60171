"""The playout against a real MariaDB, with a stand-in for Icecast."""

import asyncio
import random
import time
from datetime import datetime

import pymysql
import pytest

from demo.callers import Callers
from demo.mariadb import Address
from demo.past import Past, Play
from demo.playout import QUEUED
from demo.sam_tables import DATABASE, READ
from demo.studio import enqueue_request
from demo.wishes import Caller, Wish
from tests.demo.playouts import ITEMS, PASSWORD, SONGS, ZONE, address, house, opened, playing, soon

pytestmark = pytest.mark.usefixtures("quick")


async def test_what_plays_is_noted_and_announced_in_step(database):
    async with house(database) as at:
        async with playing(at):
            await soon(lambda: len(at.icecast.of("/live.ogg")) >= 40)
            stopped = asyncio.create_task(at.playout.stop(30))
            await asyncio.sleep(0.5)
        stopped.cancel()
        rows = database.rows(
            "SELECT songID, songtype, date_played, duration, listeners, requestID FROM historylist"
            " WHERE overlay = 'no' ORDER BY ID"
        )
        announced = at.icecast.of("/live.mp3")
        assert announced == at.icecast.of("/live.ogg")
        assert [SONGS[row[0]].announced for row in rows] == announced
        assert [row[1] for row in rows] == [SONGS[row[0]].songtype for row in rows]
        assert {row[4:] for row in rows} == {(12, 0)}
        assert all(
            abs(row[2].replace(tzinfo=ZONE).timestamp() - moment) < 2
            for row, (moment, mount, _) in zip(rows, at.icecast.titles[::2], strict=True)
        )
        assert {row[3] for row in rows} == {50}
        played = database.rows("SELECT ID, count_played FROM songlist WHERE count_played > 0")
        assert sum(count for _, count in played) >= len(rows)


async def test_the_queue_says_what_comes_and_is_kept_filled(database, monkeypatch):
    monkeypatch.setattr("demo.playout.SKIPS_BY_ITSELF", 0)
    async with house(database, speed=1) as at, playing(at):
        await soon(lambda: len(at.icecast.of("/live.mp3")) == 1)
        coming = [song for (song,) in database.rows("SELECT songID FROM queuelist ORDER BY sortID, ID")]
        assert len(coming) == QUEUED - 1
        at.playout.cut()
        await soon(lambda: len(at.icecast.of("/live.mp3")) == 2)
        assert at.icecast.of("/live.mp3")[1] == SONGS[coming[0]].announced
        assert len(database.rows("SELECT 1 FROM queuelist")) == QUEUED - 1


async def test_requests_are_decided_and_played_with_their_number(database):
    async with house(database, speed=20) as at:
        callers = Callers(at.playout, 1, random.Random(8))
        async with playing(at):
            await soon(lambda: at.icecast.titles)
            for _ in range(60):
                await callers.ask()
            await soon(lambda: len(database.rows("SELECT 1 FROM requestlist WHERE status = 'played'")) >= 3)
        found = dict(database.rows("SELECT code, COUNT(*) FROM requestlist GROUP BY code"))
        assert 0 not in found
        assert found[200] >= 3
        assert len(found) >= 3, "some are refused"
        refused = database.rows("SELECT DISTINCT status FROM requestlist WHERE code <> 200")
        assert refused == [("ignored",)]
        played = set(database.rows("SELECT requestID, songID FROM historylist WHERE requestID > 0"))
        assert played == set(database.rows("SELECT ID, songID FROM requestlist WHERE status = 'played'"))
        waiting = set(database.rows("SELECT requestID FROM queuelist WHERE requestID > 0"))
        assert waiting == set(database.rows("SELECT ID FROM requestlist WHERE status = 'pending'"))


async def test_a_request_comes_before_what_the_playout_chose(database):
    async with house(database, speed=1) as at, playing(at):
        await soon(lambda: at.icecast.titles)
        wish = Wish(77, time.time(), Caller("192.0.2.1", "Рита", "louder!"), 0, "new")
        first = await at.playout.studio.do(at.playout.studio.ask(wish))
        for song in (77, 78):
            await at.playout.studio.do(lambda cursor, song=song: enqueue_request(cursor, song, first))
        queue = database.rows("SELECT songID FROM queuelist ORDER BY sortID, ID")
        assert queue[:2] == [(77,), (78,)]
        assert len(queue) == QUEUED + 1


async def test_the_year_is_written_once_by_the_playouts_clock(database):
    summer = datetime.fromisoformat("2026-07-01T12:00:00+00:00").timestamp()
    plays = [
        Play(ITEMS[4], summer, 200_000, 31, 1),
        Play(ITEMS[1], None, 100_000, 0),
        Play(ITEMS[4], summer + 300, 1, 30),
    ]
    past = Past(plays, [Wish(5, summer - 60, Caller("192.0.2.7", "Ida", ""), 200, "played")])
    for _ in range(2):
        async with opened(database, past):
            rows = database.rows(
                "SELECT songID, CAST(date_played AS CHAR), duration, requestID FROM historylist ORDER BY ID"
            )
            assert rows == [
                (5, "2026-07-01 14:00:00", 200_000, 1), (2, "0000-00-00 00:00:00", 100_000, 0), (5, "2026-07-01 14:05:00", 1, 0)
            ]  # fmt: skip
            assert database.rows("SELECT CAST(t_stamp AS CHAR), host FROM requestlist") == [
                ("2026-07-01 13:59:00", "192.0.2.7")
            ]
            assert database.rows("SELECT count_played FROM songlist WHERE ID IN (2, 5)") == [(1,), (2,)]
            assert len(database.rows("SELECT 1 FROM songlist")) == len(ITEMS)
    assert database.rows("SELECT HEX(artist) FROM songlist WHERE ID = 5") == [
        ("Сирена и Кометы".encode().hex().upper(),)
    ]


async def test_a_start_that_was_broken_off_is_made_up_for(database):
    past = Past([Play(ITEMS[0], time.time(), 1000, 1)])
    async with opened(database, past):
        database.rows("DELETE FROM songlist")
    async with opened(database, past):
        assert database.rows("SELECT COUNT(*) FROM historylist") == [(1,)]
        assert database.rows("SELECT COUNT(*) FROM songlist") == [(len(ITEMS),)]


async def test_the_tables_are_sams_and_the_exporter_may_only_read_six(database):
    async with opened(database, Past()):
        kinds = database.rows(
            f"SELECT DISTINCT engine, table_collation FROM information_schema.tables WHERE table_schema = '{DATABASE}'"
        )
        assert kinds == [("MyISAM", "latin1_swedish_ci")]
        for table in READ:
            database.rows(f"SELECT ID FROM {table}", "exporter", PASSWORD)
            with pytest.raises(pymysql.err.OperationalError, match="denied"):
                database.rows(f"DELETE FROM {table}", "exporter", PASSWORD)
        assert PASSWORD not in repr(address(1))


async def test_without_its_database_the_playout_plays_on(database):
    async with house(database) as at, playing(at):
        await soon(lambda: at.icecast.titles)
        good = at.playout.studio._address
        at.playout.studio._address = Address("127.0.0.1", 1, "", "")
        await at.playout.studio.do(lambda cursor: cursor.connection.close())
        before = len(at.icecast.titles)
        await soon(lambda: len(at.icecast.titles) > before + 20)
        assert at.told == ["the playout cannot reach its database: it plays on, and notes nothing"]
        at.playout.studio._address = good
        await soon(lambda: len(at.told) == 2)
        assert at.told[1] == "the playout notes what it plays again"
