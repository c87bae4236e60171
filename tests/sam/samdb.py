"""SAM Broadcaster's own tables in a database of their own on the run's MariaDB, and the rows a playout writes there.

    def test_it(sam_db):
        song = sam_db.song(title="Blue", genre="Jazz")
        sam_db.play("2026-11-21 12:00:00", song_id=song, duration=180_000)
        client = SamClient(sam_db.config(timezone="Europe/Berlin"))

A text is stored as SAM stores it, in latin1; `bytes` stand in the column as they are (UTF-8 in latin1: mojibake).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pymysql
import pytest

from exporter.config.schema_sam import SamDatabase
from exporter.config.units import Duration, Secret
from tests.mariadb import MariaDB

TABLES = ("historylist", "songlist", "requestlist", "queuelist", "category", "categorylist")
SCHEMA = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
PASSWORD = "let me read"
ZERO = "0000-00-00 00:00:00"

Text = str | bytes
Moment = str | datetime | None
_NUMBERS = count()


class SamDb:
    """A studio's database. Every method that adds a row gives its ID."""

    def __init__(self, server: MariaDB) -> None:
        self.server = server
        self.name = f"SAMDB_{next(_NUMBERS)}"
        self.user = f"reader_of_{self.name}"
        self.root = self.connect()
        self.run(f"CREATE DATABASE {self.name} CHARACTER SET latin1")
        self.root.select_db(self.name)
        for statement in SCHEMA.strip().removesuffix(";").split(";\n"):
            self.run(statement)
        self.run(f"CREATE USER {self.user} IDENTIFIED BY '{PASSWORD}'")
        for table in TABLES:
            self.run(f"GRANT SELECT ON {self.name}.{table} TO {self.user}")

    def connect(self, database: str | None = None) -> "pymysql.Connection[Any]":
        """Another connection of root's, which the caller closes. Dates may be zero, as SAM wants them."""
        return pymysql.connect(
            host="127.0.0.1", port=self.server.port, user="root", database=database,
            charset="utf8mb4", autocommit=True, sql_mode="",
        )  # fmt: skip

    def config(self, **changes: Any) -> SamDatabase:
        """How the exporter is told of it: as the user who may only SELECT. Durations may be given as `5s`."""
        keys: dict[str, Any] = {
            "name": "studio", "host": "127.0.0.1", "port": self.server.port, "database": self.name,
            "user": self.user, "password": Secret(PASSWORD), "timezone": "UTC",
        }  # fmt: skip
        for key in ("interval", "timeout", "skip_below", "requests_expire", "library_interval"):
            if isinstance(changes.get(key), str):
                changes[key] = Duration(changes[key])
        return SamDatabase(**keys | changes)

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement of root's gives."""
        with self.root.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def add(self, table: str, **columns: Any) -> int:
        """A row of any table, by the columns' own names; the others hold their defaults."""
        names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
        with self.root.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(columns.values()))
            return int(cursor.lastrowid)

    def add_all(self, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        """Many rows at once: `add_all("historylist", "songID, date_played", [(1, "2026-11-21 12:00:00"), …])`."""
        places = ", ".join(["%s"] * len(columns.split(",")))
        with self.root.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)

    def song(self, artist: Text = "Nobody", title: Text = "Nothing", *, songtype: str = "S", genre: Text = "",
             duration: int = 180_000, status: int = 0, count_played: int = 0, **columns: Any) -> int:  # fmt: skip
        """An item of the library."""
        columns.setdefault("filename", f"C:\\music\\{next(_NUMBERS)}.mp3")
        return self.add(
            "songlist", artist=artist, title=title, songtype=songtype, genre=genre, duration=duration, status=status,
            count_played=count_played, **columns,
        )  # fmt: skip

    def play(self, played: Moment = "2026-11-21 12:00:00", *, song_id: int = 0, duration: int = 180_000,
             artist: Text = "Nobody", title: Text = "Nothing", songtype: str = "S", listeners: int = 0,
             request_id: int = 0, overlay: bool = False, **columns: Any) -> int:  # fmt: skip
        """A row of the history; `played` None = the zero date. `ID=…` gives it that number."""
        return self.add(
            "historylist", date_played=played or ZERO, songID=song_id, duration=duration, artist=artist, title=title,
            songtype=songtype, listeners=listeners, requestID=request_id, overlay="yes" if overlay else "no", **columns,
        )  # fmt: skip

    def plays(self, number: int, since: str = "2026-01-01 00:00:00", every: int = 180) -> None:
        """Many rows of the history at once, one each `every` seconds, of 500 songs and some jingles."""
        self.run(
            "INSERT INTO historylist (songID, date_played, duration, artist, title, songtype, listeners) SELECT "
            "1 + seq MOD 500, %s + INTERVAL seq * %s SECOND, %s * 1000, CONCAT('Artist ', seq MOD 90), "
            "CONCAT('Title ', seq MOD 500), IF(seq MOD 9 = 0, 'J', 'S'), seq MOD 70 FROM seq_1_to_%s",
            since, every, every, number,
        )  # fmt: skip

    def request(self, asked: Moment = "2026-11-21 11:00:00", *, song_id: int = 1, code: int = 200,
                status: str = "new", host: str = "192.0.2.1", **columns: Any) -> int:  # fmt: skip
        """A listener's request."""
        return self.add(
            "requestlist", t_stamp=asked or ZERO, songID=song_id, code=code, status=status, host=host, **columns
        )

    def queue(self, *song_ids: int, **columns: Any) -> None:
        """Put items behind those that are queued."""
        for song_id in song_ids:
            self.add("queuelist", songID=song_id, sortID=next(_NUMBERS), **columns)

    def category(self, name: Text, *song_ids: int) -> int:
        """A category of the library with these items in it."""
        category_id = self.add("category", name=name)
        for song_id in song_ids:
            self.add("categorylist", songID=song_id, categoryID=category_id)
        return category_id

    @contextmanager
    def locked(self, table: str = "historylist") -> Iterator[None]:
        """Nobody else reads the table as long as the block runs."""
        holder = self.connect(self.name)
        try:
            with holder.cursor() as cursor:
                cursor.execute(f"LOCK TABLES {table} WRITE")
                yield
                cursor.execute("UNLOCK TABLES")
        finally:
            holder.close()

    def close(self) -> None:
        """Drop everything that was made."""
        self.run(f"DROP DATABASE IF EXISTS {self.name}")
        self.run(f"DROP USER IF EXISTS {self.user}")
        self.root.close()


@contextmanager
def studio(server: MariaDB) -> Iterator[SamDb]:
    """One for the length of the block."""
    database = SamDb(server)
    try:
        yield database
    finally:
        database.close()


@pytest.fixture
def sam_db(mariadb: MariaDB) -> Iterator[SamDb]:
    """One for a test: empty tables. Outside of tests/sam: `from tests.sam.samdb import sam_db` in the conftest."""
    with studio(mariadb) as database:
        yield database
