"""A long history in SAM's tables: reading all of it, what a poll costs afterwards, and making the charts."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pymysql.cursors import Cursor, SSCursor

from bench import limits, servers
from bench.client import get
from bench.errors import BenchError
from bench.process import memory, peak_memory, processor_seconds
from bench.progress import say
from bench.root import root
from bench.servers import Server
from bench.timings import Timing, timing
from demo.credentials import make_passwords
from demo.mariadb import Address, mariadb
from demo.sam_tables import DATABASE, EXPORTER, admit_exporter, create
from exporter.config.schema_sam import SamDatabase
from exporter.sam.charts.charts import Charts
from exporter.sam.charts.windows import WINDOWS
from exporter.sam.database.queries.history import AFTER
from exporter.store.database import Database, database_url

FEW, MANY = 2_000, 2_000_000
SONGS = 8_000
EVERY = 158
"""Seconds from one play to the next: the long history goes ten years back."""

POLLS = 12
PASSWORD = "SAM_PASSWORD"
WITHIN = 600.0


@dataclass(frozen=True, slots=True)
class Caught:
    """One history.

    Attributes:
        rows: of historylist, all of which are new to the exporter.
        seconds: until all are in the log. `processor` = of the exporter's processor time.
        memory: the most it ever held, in bytes; `before` = before it knew of any history.
        polls: how long those took that came afterwards.
        reads: rows that MySQL read for one of them, by its Handler_read counters.
        plan: how MySQL reads what is new: access type, key, rows.
    """

    rows: int
    seconds: float
    processor: float
    memory: int
    before: int
    polls: Timing
    reads: float
    plan: str


@dataclass(frozen=True, slots=True)
class Music:
    """What was measured. `charts` = seconds by window, of the long history; `limits` = seconds for all of its rows."""

    few: Caught
    many: Caught
    charts: dict[str, float] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)


def run(folder: Path) -> Music:
    """Measure everything."""
    return asyncio.run(_run(folder))


async def _run(folder: Path) -> Music:
    make_passwords(folder)
    async with mariadb(folder / "mariadb", folder) as (server, _):
        return await asyncio.to_thread(_measure, folder, server.address)


def _measure(folder: Path, address: Address) -> Music:
    with root(address) as cursor:
        create(cursor)
        admit_exporter(cursor, address.exporter_password)
        few, _ = _caught_up(folder, address, cursor, FEW)
        many, state = _caught_up(folder, address, cursor, MANY)
    say("music: making the charts, then the driver and SQLite alone")
    found = {
        "pymysql reads the rows": _read_alone(address),
        "SQLite inserts as many, a commit for 5,000": 4 * limits.insert(folder, MANY // 4, 5000),
    }
    return Music(few, many, asyncio.run(_charts(state)), found)


def _caught_up(folder: Path, address: Address, cursor: Cursor, rows: int) -> tuple[Caught, Path]:
    say(f"music: {rows:,} rows of history, read by an exporter that knows nothing of them")
    _fill(cursor, rows)
    studio = {
        "name": "studio", "host": address.host, "port": address.port, "database": DATABASE, "user": EXPORTER,
        "password": f"${{{PASSWORD}}}", "interval": "1s",
    }  # fmt: skip
    environment = {PASSWORD: address.exporter_password}
    with servers.configured(folder, {"sam": [studio]}, environment, b"radio_exporter_store_up 1") as ours:
        began, before = time.monotonic(), memory(ours.pid)
        _until_read(ours, rows)
        seconds, processor = time.monotonic() - began, processor_seconds(ours.pid)
        polls, reads = _polls(ours, cursor)
        caught = Caught(rows, seconds, processor, peak_memory(ours.pid), before, polls, reads, _plan(cursor, rows))
    return caught, ours.state


def _fill(cursor: Cursor, rows: int) -> None:
    """A library, and a history that ends now."""
    for table in ("songlist", "historylist"):
        cursor.execute(f"TRUNCATE {table}")
    cursor.execute(
        "INSERT INTO songlist (filename, artist, title, genre, duration) SELECT CONCAT('C:/', seq), CONCAT('Artist ',"
        f" seq MOD 900), CONCAT('Title ', seq), CONCAT('Genre ', seq MOD 20), 200000 FROM seq_1_to_{SONGS}"
    )
    cursor.execute(
        "INSERT INTO historylist (songID, filename, date_played, duration, artist, title, album, label, listeners,"
        f" songtype) SELECT 1 + seq * 7919 MOD {SONGS}, CONCAT('C:/', seq * 7919 MOD {SONGS}),"
        f" UTC_TIMESTAMP() - INTERVAL ({rows} - seq) * {EVERY} SECOND, 150000 + seq MOD 90000,"
        f" CONCAT('Artist ', (1 + seq * 7919 MOD {SONGS}) MOD 900), CONCAT('Title ', 1 + seq * 7919 MOD {SONGS}),"
        f" 'An album', 'A label', 40 + seq MOD 50, IF(seq MOD 8 = 0, 'J', 'S') FROM seq_1_to_{rows}"
    )


def _until_read(ours: Server, rows: int) -> None:
    until = time.monotonic() + WITHIN
    while _sum(page := get(ours.port, "/metrics").decode(), "sam_plays_total") != rows:
        if time.monotonic() > until:
            raise BenchError(
                f"after {WITHIN:g} s the history is not read: {_sum(page, 'sam_history_behind_items')} left"
            )
        time.sleep(0.05)


def _polls(ours: Server, cursor: Cursor) -> tuple[Timing, float]:
    """How long polls take that find nothing new, and how many rows MySQL reads for each."""
    time.sleep(3)  # whatever else was to be read once
    asked = _polled(ours)
    before, seconds = _handler_reads(cursor), list[float]()
    while len(seconds) < POLLS:
        time.sleep(0.05)
        if (now := _polled(ours)) != asked:
            asked = now
            seconds.append(_sum(get(ours.port, "/metrics").decode(), "sam_poll_duration_seconds"))
    return timing(seconds, 0), (_handler_reads(cursor) - before) / POLLS


def _polled(ours: Server) -> float:
    """When the last poll went well."""
    return _sum(get(ours.port, "/metrics").decode(), "sam_last_success_timestamp_seconds")


def _sum(page: str, family: str) -> float:
    return sum(float(value) for value in re.findall(rf"^{family}\{{.*\}} (\S+)$", page, re.MULTILINE))


def _handler_reads(cursor: Cursor) -> int:
    """Rows that the server has read so far, for anybody; asking reads none."""
    names = ", ".join(f"'Handler_read_{how}'" for how in ("first", "key", "last", "next", "prev", "rnd", "rnd_next"))
    cursor.execute(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")
    return sum(int(value) for _, value in cursor.fetchall())


def _plan(cursor: Cursor, rows: int) -> str:
    cursor.execute(f"EXPLAIN SELECT h.artist FROM historylist AS h{AFTER}", (rows - 1, 1000))
    _, _, _, kind, _, key, *_, examined, _ = cursor.fetchone() or ()
    return f"{kind} on {key}, {examined} row(s)"


def _read_alone(address: Address) -> float:
    """Seconds in which the driver reads the same columns, 5,000 rows at a time in its own memory."""
    with root(address, SSCursor) as cursor:
        began = time.perf_counter()
        cursor.execute(
            f"SELECT ID, songID, date_played, duration, artist, title, album, label FROM {DATABASE}.historylist"
        )
        while cursor.fetchmany(5000):
            pass
        return time.perf_counter() - began


async def _charts(state: Path) -> dict[str, float]:
    """Seconds for each window's charts, over the log that the exporter has left."""
    database = Database(database_url(None, state))
    try:
        charts = Charts(database, SamDatabase(name="studio", host="localhost", user="reader"), ZoneInfo("UTC"))
        return {window: await _timed(charts, window) for window in WINDOWS}
    finally:
        await database.close()


async def _timed(charts: Charts, window: str) -> float:
    began = time.perf_counter()
    made = await charts.window(window, time.time_ns() // 1_000_000, {})
    if not made.songs:
        raise BenchError(f"the charts of {window} are empty")
    return time.perf_counter() - began
