"""What a studio's real database is read as."""

import os
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pymysql.cursors
import pytest

from exporter.errors import ParseError
from exporter.sam.database.client import SamClient, fingerprint
from exporter.sam.database.queries import history
from exporter.sam.reading import PARTS, HistoryRow, Library, Queue, RequestRow, Song
from exporter.store.schema import song as stored_song
from tests.sam.samdb import SamDb

Asks = Callable[..., SamClient]
EVERYTHING = 1000


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
async def asks(sam_db: SamDb) -> AsyncIterator[Asks]:
    """Makes clients that are closed in the end."""
    made: list[SamClient] = []

    def client(**changes) -> SamClient:
        made.append(SamClient(sam_db.config(**changes)))
        return made[-1]

    yield client
    for one in made:
        await one.close()


async def rows(client: SamClient) -> list[HistoryRow]:
    return await client.history(0, EVERYTHING)


async def test_a_row_of_the_history_with_everything(sam_db, asks):
    item = sam_db.song(genre="Jazz")
    sam_db.play(
        "2026-11-21 12:00:00", ID=41, song_id=item, duration=545_000, artist="Miles Davis", title="So What",
        album="Kind of Blue", label="Columbia", ISRC="USSM15900113", listeners=17, request_id=5,
    )  # fmt: skip
    sam_db.play("2026-11-21 12:09:05", songtype="J", title="Jingle", artist="", duration=8000, overlay=True)
    song = Song(item, "Miles Davis", "So What", "Kind of Blue", "Jazz", "Columbia", "USSM15900113")
    assert await rows(asks()) == [
        HistoryRow(41, at("2026-11-21 12:00"), 545_000, "S", song, request_id=5, listeners=17),
        HistoryRow(42, at("2026-11-21 12:09:05"), 8000, "J", Song(0, "", "Jingle"), listeners=0, overlay=True),
    ]


async def test_the_history_is_read_in_batches_from_a_row_on(sam_db, asks):
    sam_db.plays(10)
    client = asks()
    assert [row.history_id for row in await client.history(0, 4)] == [1, 2, 3, 4]
    assert [row.history_id for row in await client.history(4, 100)] == [5, 6, 7, 8, 9, 10]
    assert [row.history_id for row in await client.history(10 - 1, 100)] == [10]
    assert await client.history(10, 100) == []


async def test_now(sam_db, asks):
    sam_db.plays(3)
    known, unknown = sam_db.song(duration=180_000), 999
    sam_db.queue(known, known, unknown)
    now = await asks().now()
    assert now.newest == (await rows(asks()))[-1]
    assert now.queue == Queue(items=3, duration=360_000)
    assert now.missing == frozenset()


async def test_a_studio_that_has_not_played_anything(asks):
    client = asks()
    now = await client.now()
    assert (now.newest, now.queue, now.missing) == (None, Queue(0, 0), frozenset())
    assert await rows(client) == []
    assert await client.requests(0, EVERYTHING) == []
    assert await client.newest_request() is None
    assert await client.library() == Library({}, 0, {})
    assert client.missing == frozenset()


async def test_durations_in_seconds(sam_db, asks):
    item = sam_db.song(duration=200)
    sam_db.play(duration=200)
    sam_db.queue(item)
    now = await asks(duration_unit="s").now()
    assert (now.newest.duration, now.queue.duration) == (200_000, 200_000)


async def test_zero_dates(sam_db, asks):
    sam_db.play(None)
    sam_db.play("2026-00-00 00:00:00")
    sam_db.request(None)
    client = asks()
    assert [row.played for row in await rows(client)] == [None, None]
    assert [row.asked for row in await client.requests(0, EVERYTHING)] == [None]
    assert client.warnings == 1  # the one in a year, which SAM never writes


@pytest.mark.parametrize(
    ("encoding", "title"), [("auto", "Группа крови"), ("utf-8", "Группа крови"), ("latin1", "Ð“Ñ€ÑƒÐ¿Ð¿Ð° ÐºÑ€Ð¾Ð²Ð¸")]
)
async def test_utf_8_in_latin1_columns(sam_db, asks, encoding, title):
    sam_db.play(artist="Sigur Rós", title="Группа крови".encode())
    [row] = await rows(asks(text_encoding=encoding))
    assert row.song.title == title
    assert row.song.artist == ("Sigur R\N{REPLACEMENT CHARACTER}s" if encoding == "utf-8" else "Sigur Rós")


async def test_every_byte_that_a_latin1_column_can_hold(sam_db, asks):
    """What the server makes of them is what texts.py takes for granted."""
    sam_db.play(title=bytes(range(0x80, 0x100)), artist="Áá Ðð".encode())
    [row] = await rows(asks())
    meant = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0x100))
    assert (row.song.title, row.song.artist) == (meant.strip(), "Áá Ðð")


async def test_columns_that_are_utf8mb4(sam_db, asks):
    for table in ("historylist", "songlist", "category"):
        sam_db.run(f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4")
    item = sam_db.song(genre="Рок")
    sam_db.category("Утро ☀", item)
    sam_db.play(song_id=item, artist="Кино", title="🎹 Café")
    client = asks()
    [row] = await rows(client)
    assert row.song == Song(item, "Кино", "🎹 Café", genre="Рок")
    assert (await client.library()).categories == {item: ("Утро ☀",)}


async def test_texts_in_columns_of_bytes(sam_db, asks):
    sam_db.run("ALTER TABLE historylist MODIFY title varbinary(255) NOT NULL")
    sam_db.play(title="Кино".encode())
    assert (await rows(asks()))[0].song.title == "Кино"


async def test_types_and_numbers_that_mean_nothing(sam_db, asks):
    for songtype in ("S", "s", "?", "", "Q"):
        sam_db.play(songtype=songtype)
    sam_db.play(duration=-5)
    client = asks()
    read = await rows(client)
    assert "".join(row.songtype for row in read) == "SS???S"
    assert read[-1].duration == 0
    assert client.warnings == 2  # Q, and the length below nothing


async def test_requests(sam_db, asks):
    first = sam_db.request("2026-11-21 11:00:00", song_id=3, host="192.0.2.7", name="Ann", msg="for Bob")
    second = sam_db.request("2026-11-21 11:05:00", song_id=4, code=601, status="ignored", host="2001:db8::1")
    client = asks()
    expected = [
        RequestRow(first, 3, at("2026-11-21 11:00"), "192.0.2.7", 200, "new"),
        RequestRow(second, 4, at("2026-11-21 11:05"), "2001:db8::1", 601, "ignored"),
    ]
    assert await client.requests(0, EVERYTHING) == expected
    assert await client.requests(first, 1) == expected[1:]
    assert await client.requests_by_id([first, second, 999]) == expected
    assert await client.requests_by_id([]) == []
    assert await client.newest_request() == expected[1]
    assert "192.0.2.7" not in repr(expected)


async def test_the_library(sam_db, asks):
    one, two = sam_db.song(count_played=3), sam_db.song(count_played=0)
    sam_db.song(status=1)
    sam_db.song(songtype="J", count_played=0)
    far = sam_db.song(ID=25_001)  # two pieces on
    sam_db.category("Gold", one, two)
    sam_db.category("Evening", one, far, one)
    assert await asks().library() == Library(
        {"S": 3, "J": 1}, unplayed=2, categories={one: ("Evening", "Gold"), two: ("Gold",), far: ("Evening",)}
    )


def test_texts_are_cut_to_what_the_store_holds():
    assert {name: stored_song.c[name].type.length for name in history._LENGTHS} == history._LENGTHS


async def test_the_fingerprint_of_a_row_stays_and_tells_rows_apart(sam_db, asks):
    sam_db.play("2026-11-21 12:00:00", song_id=1)
    sam_db.play("2026-11-21 12:00:00", song_id=1)
    sam_db.request()
    before = [fingerprint(row) for row in await rows(asks())]
    assert len(set(before)) == 2
    assert all(-(2**63) <= mark < 2**63 for mark in before)
    sam_db.run("UPDATE historylist SET title = 'put right', listeners = 9")
    client = asks()
    assert [fingerprint(row) for row in await rows(client)] == before
    asked = await client.newest_request()
    sam_db.run("UPDATE requestlist SET status = 'played'")
    assert fingerprint(await client.newest_request()) == fingerprint(asked)
    sam_db.run("UPDATE historylist SET date_played = date_played + INTERVAL 1 SECOND WHERE ID = 1")
    assert fingerprint((await rows(client))[0]) != before[0]


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        ("part", "table"),
        [("history", "historylist"), ("queue", "queuelist"), ("requests", "requestlist"), ("library", "songlist"),
         ("categories", "category"), ("categories", "categorylist")],
    )  # fmt: skip
    async def test_a_table(self, sam_db, asks, caplog, part, table):
        """It costs its own part, with one warning; and it comes back by itself."""
        item = sam_db.song(genre="Jazz")
        sam_db.play(song_id=item)
        sam_db.queue(item)
        sam_db.request()
        sam_db.category("Gold", item)
        client = asks()
        whole = await everything(client)
        sam_db.run(f"RENAME TABLE {table} TO away")
        for _ in range(3):
            less = await everything(client)
            assert client.missing == {part}
        assert [name for name in PARTS if less[name] != whole[name]] == affected(part, table)
        warnings = [line for line in caplog.messages if f"no table {table}" in line]
        assert len(warnings) == len(affected(part, table))
        assert f"sam/studio: cannot read the {part}: there is no table {table}" in warnings
        sam_db.run(f"RENAME TABLE away TO {table}")
        assert await everything(client) == whole
        assert client.missing == frozenset()

    async def test_two_clients_of_a_studio_say_it_once(self, sam_db, asks, caplog):
        sam_db.run("DROP TABLE queuelist")
        polling = asks()
        beside = SamClient(sam_db.config(), polling)
        await polling.now()
        await beside.now()
        assert polling.missing == beside.missing == {"queue"}
        assert caplog.messages == ["sam/studio: cannot read the queue: there is no table queuelist"]
        await beside.close()

    async def test_the_privilege_on_a_table(self, sam_db, asks, caplog):
        sam_db.play()
        sam_db.run(f"REVOKE SELECT ON {sam_db.name}.requestlist FROM {sam_db.user}")
        client = asks()
        assert await client.requests(0, EVERYTHING) is None
        assert len(await rows(client)) == 1
        assert client.missing == {"requests"}
        assert "the user may not SELECT from requestlist" in caplog.text
        assert sam_db.user not in caplog.text
        sam_db.run(f"GRANT SELECT ON {sam_db.name}.requestlist TO {sam_db.user}")
        sam_db.request()
        assert len(await client.requests(0, EVERYTHING)) == 1
        assert client.missing == frozenset()

    async def test_the_privilege_on_a_column(self, sam_db, asks, caplog):
        """Who will not show us his listeners' addresses grants the other columns."""
        sam_db.request()
        sam_db.run(f"REVOKE SELECT ON {sam_db.name}.requestlist FROM {sam_db.user}")
        columns = "ID, songID, t_stamp, code, status"
        sam_db.run(f"GRANT SELECT ({columns}) ON {sam_db.name}.requestlist TO {sam_db.user}")
        [request] = await asks().requests(0, EVERYTHING)
        assert (request.host, request.code) == ("", 200)
        assert "requestlist has no column host (who asks most is not known)" in caplog.text

    @pytest.mark.parametrize("column", ["album", "label", "ISRC", "listeners", "requestID", "overlay"])
    async def test_a_column_of_the_history_that_can_be_done_without(self, sam_db, asks, caplog, column):
        sam_db.play(album="A", label="L", ISRC="I", listeners=3, request_id=4, overlay=True)
        sam_db.run(f"ALTER TABLE historylist DROP {column}")
        client = asks()
        [row] = await rows(client)
        shown = {
            "album": row.song.album or None, "label": row.song.label or None, "ISRC": row.song.isrc or None,
            "listeners": row.listeners, "requestID": row.request_id or None, "overlay": row.overlay or None,
        }  # fmt: skip
        assert [name for name, value in shown.items() if value is None] == [column]
        await client.now()
        assert len([line for line in caplog.messages if f"historylist has no column {column} (" in line]) == 1
        assert client.missing == frozenset()

    @pytest.mark.parametrize("column", ["songID", "date_played", "duration", "artist", "title"])
    async def test_a_column_of_the_history_that_is_needed(self, sam_db, asks, caplog, column):
        sam_db.play()
        sam_db.run(f"ALTER TABLE historylist DROP {column}")
        client = asks()
        now = await client.now()
        assert (now.newest, now.missing, now.queue) == (None, {"history"}, Queue(0, 0))
        await client.now()
        assert caplog.messages == [f"sam/studio: cannot read the history: historylist has no column {column}"]

    async def test_a_column_that_goes_and_comes_while_we_are_connected(self, sam_db, asks):
        sam_db.play(album="Kind of Blue", duration=5000)
        client = asks()
        [whole] = await rows(client)
        sam_db.run("ALTER TABLE historylist CHANGE album record varchar(255), CHANGE duration length int")
        assert await rows(client) is None
        assert client.missing == {"history"}
        sam_db.run("ALTER TABLE historylist CHANGE record album varchar(255), CHANGE length duration int")
        assert await rows(client) == [whole]
        assert client.missing == frozenset()

    async def test_types_are_the_librarys_where_the_history_has_none(self, sam_db, asks):
        sam_db.play(song_id=sam_db.song(songtype="A"))
        sam_db.play(song_id=0)
        sam_db.run("ALTER TABLE historylist DROP songtype")
        assert [row.songtype for row in await rows(asks())] == ["A", "?"]

    @pytest.mark.parametrize(("column", "library"), [
        ("songtype", Library({"?": 1}, 0)), ("status", Library({"S": 2}, 2)), ("count_played", Library({"S": 1}, 0)),
    ])  # fmt: skip
    async def test_a_column_of_the_library(self, sam_db, asks, caplog, column, library):
        sam_db.song()
        sam_db.song(status=1)
        sam_db.run(f"ALTER TABLE songlist DROP {column}")
        assert await asks().library() == library
        assert f"songlist has no column {column}" in caplog.text

    async def test_a_damaged_table(self, sam_db, asks, caplog):
        """MyISAM's tables break when a computer is switched off."""
        sam_db.plays(100)
        client = asks()
        [(folder,)] = sam_db.run("SELECT @@datadir")
        sam_db.run("FLUSH TABLES")
        os.truncate(f"{folder}/{sam_db.name}/requestlist.MYI", 20)
        assert await client.requests(0, EVERYTHING) is None
        assert client.missing == {"requests"}
        assert "requestlist is damaged: REPAIR TABLE may help" in caplog.text
        assert len(await rows(client)) == 100

    async def test_a_database_of_something_else(self, sam_db, asks, caplog):
        for table in ("historylist", "queuelist", "songlist"):
            sam_db.run(f"DROP TABLE {table}")
        with pytest.raises(
            ParseError, match=r"neither history nor queue can be read .*no table historylist.*`database`"
        ):
            await asks().now()


def affected(part: str, table: str) -> list[str]:
    """The library is part of two others: genres, and the length of the queue."""
    return ["history", "queue", part] if table == "songlist" else [part]


async def everything(client: SamClient) -> dict[str, object]:
    now, library = await client.now(), await client.library()
    return {
        "history": now.newest, "queue": now.queue, "requests": await client.requests(0, EVERYTHING),
        "library": (library.items, library.unplayed), "categories": library.categories,
    }  # fmt: skip


class TestWhatItCosts:
    async def test_the_history_is_one_range_of_the_primary_key(self, sam_db, asks, monkeypatch):
        sam_db.plays(2000)
        for _ in range(20):
            sam_db.song()
        said = statements(monkeypatch)
        await asks().history(1900, 5000)
        [plan] = sam_db.run(f"EXPLAIN {said[-1]}")[:1]
        table, kind, key, extra = plan[2], plan[3], plan[5], plan[9]
        assert (table, kind, key) == ("h", "range", "PRIMARY")
        assert "filesort" not in extra
        assert "temporary" not in extra

    async def test_a_poll_reads_as_little_of_a_long_history_as_of_a_short_one(self, sam_db, asks):
        client = asks()
        costs = []
        for more in (2_000, 18_000):
            sam_db.plays(more)
            newest = (await client.now()).newest
            costs.append(await cost(client, newest.history_id))
        assert costs[0] == costs[1]
        assert sum(costs[0].values()) < 20

    async def test_only_named_columns_are_read(self, sam_db, asks, monkeypatch):
        said = statements(monkeypatch)
        sam_db.request()
        await everything(asks())
        asked = " ".join(said)
        assert "*" not in asked.replace("COUNT(*)", "")
        for column in ("msg", "name,", "filename", "lyrics"):
            assert column not in asked


def statements(monkeypatch) -> list[str]:
    """What the exporter says to a server from now on."""
    said: list[str] = []
    execute = pymysql.cursors.Cursor.execute

    def listen(cursor, query, args=None):
        if threaded_by_us():
            said.append(cursor.mogrify(query, args))
        return execute(cursor, query, args)

    monkeypatch.setattr(pymysql.cursors.Cursor, "execute", listen)
    return said


def threaded_by_us() -> bool:
    return threading.current_thread().name.startswith("sam-")


async def cost(client: SamClient, watermark: int) -> dict[str, int]:
    """The rows that the server touched for one poll of a client."""
    before = await handler_reads(client)
    await client.now()
    await client.history(watermark - 1, 5000)
    after = await handler_reads(client)
    return {name: after[name] - before[name] for name in after}


async def handler_reads(client: SamClient) -> dict[str, int]:
    found = await client._connection.run(lambda link: link.rows("", "SHOW SESSION STATUS LIKE 'Handler_read%%'"))
    return {name: int(value) for name, value in found}
