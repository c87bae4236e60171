"""The playout's database as SAM uses it: what it writes when, over one connection in one thread."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import pymysql
from pymysql.cursors import Cursor

from demo.library import CATEGORIES, Item, as_stored
from demo.mariadb import Address
from demo.past import Past, Play
from demo.sam_tables import DATABASE, NO_DATE, TABLES, admit_exporter, create
from demo.wishes import Status, Wish

PATIENCE = 4
"""Seconds that the playout waits for its database."""

T = TypeVar("T")
Work = Callable[[Cursor], T]


class Away(Exception):
    """The database does not answer."""


class Studio:
    """The database. Its clock is the playout computer's: `zone`."""

    def __init__(self, address: Address, zone: ZoneInfo) -> None:
        self._address, self._zone = address, zone
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio")
        self._connection: pymysql.Connection[Cursor] | None = None

    async def do(self, work: Work[T]) -> T:
        """Do some work there; Away if it cannot be done now."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._forget)
        self._thread.shutdown()

    def clock(self, seconds: float | None) -> str:
        """Return what the playout computer's clock shows at a moment; None is a zero date."""
        if seconds is None:
            return NO_DATE
        return datetime.fromtimestamp(int(seconds), self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def prepare(self, items: Sequence[Item], past: Callable[[], Past]) -> Work[None]:
        """Return the work that makes the tables and the exporter's account, and fills them if they are empty."""

        def work(cursor: Cursor) -> None:
            create(cursor)
            admit_exporter(cursor, self._address.exporter_password)
            cursor.execute("SELECT 1 FROM songlist LIMIT 1")
            if cursor.fetchone() is None:
                self._fill(cursor, items, past())

        return work

    def start(self, play: Play) -> Work[None]:
        """Return the work that notes that an item begins."""

        def work(cursor: Cursor) -> None:
            self._put_plays(cursor, [play])
            now = self.clock(play.started)
            cursor.execute(
                "UPDATE songlist SET date_played = %s, count_played = count_played + 1 WHERE ID = %s",
                (now, play.item.song_id),
            )
            if play.request_id:
                settle(cursor, play.request_id, 200, "played")

        return work

    def ask(self, wish: Wish) -> Work[int]:
        """Return the work that puts a request, and gives its number."""

        def work(cursor: Cursor) -> int:
            self._put_wishes(cursor, [wish])
            cursor.execute(
                "UPDATE songlist SET count_requested = count_requested + 1, last_requested = %s WHERE ID = %s",
                (self.clock(wish.asked), wish.song_id),
            )
            cursor.execute("SELECT MAX(ID) FROM requestlist")
            return _first_number(cursor)

        return work

    def _do(self, work: Work[T]) -> T:
        try:
            connection = self._connection = self._connection or self._connect()
            with connection.cursor() as cursor:
                return work(cursor)
        except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
            self._forget()
            raise Away from error

    def _connect(self) -> "pymysql.Connection[Cursor]":
        address = self._address
        connection = pymysql.connect(
            host=address.host, port=address.port, user="root", password=address.password, charset="utf8mb4",
            autocommit=True, connect_timeout=PATIENCE, read_timeout=PATIENCE, write_timeout=PATIENCE,
        )  # fmt: skip
        self._connection = connection
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = ''")
            with suppress(pymysql.err.OperationalError):  # there is none before the first start
                cursor.execute(f"USE {DATABASE}")
        return connection

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(pymysql.err.Error, OSError):
                connection.close()

    def _fill(self, cursor: Cursor, items: Iterable[Item], past: Past) -> None:
        """Write everything, the library last: where there is one, the rest is whole."""
        for table in TABLES:
            cursor.execute(f"TRUNCATE {table}")  # of a start that was broken off
        self._put_plays(cursor, past.plays)
        self._put_wishes(cursor, past.wishes)
        self._put_library(cursor, items)
        cursor.execute(
            "UPDATE songlist JOIN (SELECT songID, COUNT(*) AS plays, MAX(date_played) AS newest FROM historylist"
            " GROUP BY songID) played ON songID = songlist.ID SET count_played = plays, date_played = newest"
        )

    def _put_library(self, cursor: Cursor, items: Iterable[Item]) -> None:
        added = self.clock(time.time() - 400 * 86_400)
        cursor.executemany(
            "INSERT INTO songlist (ID, filename, artist, title, album, albumyear, label, ISRC, songtype, genre,"
            " duration, status, weight, date_added) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(item.song_id, *_tags(item), item.genre, item.duration, int(not item.available), item.weight, added)
             for item in items],
        )  # fmt: skip
        cursor.executemany("INSERT INTO category (ID, name) VALUES (%s, %s)", list(enumerate(CATEGORIES, start=1)))
        cursor.executemany(
            "INSERT INTO categorylist (songID, categoryID) VALUES (%s, %s)",
            [(item.song_id, CATEGORIES.index(name) + 1) for item in items for name in item.categories],
        )

    def _put_plays(self, cursor: Cursor, plays: Iterable[Play]) -> None:
        cursor.executemany(
            "INSERT INTO historylist (songID, filename, artist, title, album, albumyear, label, ISRC, songtype,"
            " date_played, duration, listeners, requestID, overlay)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(play.item.song_id, *_tags(play.item), self.clock(play.started), play.duration, play.listeners,
              play.request_id, "yes" if play.overlay else "no") for play in plays],
        )  # fmt: skip

    def _put_wishes(self, cursor: Cursor, wishes: Iterable[Wish]) -> None:
        cursor.executemany(
            "INSERT INTO requestlist (songID, t_stamp, host, name, msg, code, status)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(wish.song_id, self.clock(wish.asked), wish.caller.host, wish.caller.name, wish.caller.message, wish.code,
              wish.status) for wish in wishes],
        )  # fmt: skip


def settle(cursor: Cursor, request_id: int, code: int, status: Status) -> None:
    """Say what becomes of a request."""
    cursor.execute("UPDATE requestlist SET code = %s, status = %s WHERE ID = %s", (code, status, request_id))


def queued(cursor: Cursor) -> list[tuple[int, int]]:
    """Return the queue in its order: song and request of each."""
    cursor.execute("SELECT songID, requestID FROM queuelist ORDER BY sortID, ID")
    return [(int(song), int(request)) for song, request in cursor.fetchall()]


def enqueue(cursor: Cursor, song_ids: Collection[int]) -> None:
    """Put items at the end of the queue."""
    cursor.execute("SELECT COALESCE(MAX(sortID), 0) FROM queuelist")
    last = _first_number(cursor)
    rows = [(song_id, last + place) for place, song_id in enumerate(song_ids, start=1)]
    cursor.executemany("INSERT INTO queuelist (songID, sortID) VALUES (%s, %s)", rows)


def enqueue_request(cursor: Cursor, song_id: int, request_id: int) -> None:
    """Put a request behind the requests at the head of the queue."""
    cursor.execute(
        "INSERT INTO queuelist (songID, sortID, requests, requestID)"
        " SELECT %s, COALESCE(MIN(sortID), 1) - 0.5, 1, %s FROM queuelist WHERE requestID = 0",
        (song_id, request_id),
    )


def take(cursor: Cursor) -> tuple[int, int] | None:
    """Take the first item from the queue: its song and its request. None = the queue is empty."""
    cursor.execute("SELECT ID, songID, requestID FROM queuelist ORDER BY sortID, ID LIMIT 1")
    row = cursor.fetchone()
    if row is None:
        return None
    cursor.execute("DELETE FROM queuelist WHERE ID = %s", (row[0],))
    return int(row[1]), int(row[2])


def empty_queue(cursor: Cursor) -> None:
    """Take everything from the queue."""
    cursor.execute("DELETE FROM queuelist")


def _tags(item: Item) -> tuple[str, ...]:
    texts = (item.artist, item.title, item.album)
    stored = (as_stored(item, text) for text in texts)
    return (item.filename, *stored, item.year, as_stored(item, item.label), item.isrc, item.songtype)


def _first_number(cursor: Cursor) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0
