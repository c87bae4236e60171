"""DesiZone's database as its published source makes it, and a process that writes it all the while."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS system_health_snapshots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, cpu_pct REAL, memory_mb REAL,
    ring_buffer_fill_deck_a REAL, ring_buffer_fill_deck_b REAL, decoder_latency_ms REAL,
    stream_connected INTEGER, mysql_connected INTEGER, active_encoders INTEGER
);
CREATE TABLE IF NOT EXISTS event_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, level TEXT NOT NULL, category TEXT NOT NULL,
    event TEXT NOT NULL, message TEXT NOT NULL, metadata_json TEXT, deck TEXT, song_id INTEGER, encoder_id INTEGER
);
"""

SNAPSHOT = "INSERT INTO system_health_snapshots VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
EVENT = "INSERT INTO event_log VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def made(path: Path, journal: str = "delete") -> Path:
    """An empty database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.executescript(TABLES)
    return path


def wrote(path: Path, statement: str, *rows: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(statement, rows)


def snapshot(at: int, a: Any = 0.87, b: Any = 0.92, encoders: Any = 3, **other: Any) -> tuple[Any, ...]:
    """A row; `at` in Unix milliseconds."""
    figures = {"cpu": 12.0, "memory": 245.0, "latency": 2.5, "stream": 1, "mysql": 1} | other
    return (
        at,
        figures["cpu"],
        figures["memory"],
        a,
        b,
        figures["latency"],
        figures["stream"],
        figures["mysql"],
        encoders,
    )


WRITER = """
import json, sqlite3, sys, time
path, journal, seconds, timeout = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
connection.execute(f"PRAGMA journal_mode={journal}")
print("ready", flush=True)
taken, refused, number, until = [], 0, 0, time.monotonic() + seconds
while time.monotonic() < until:
    number += 1
    began = time.perf_counter()
    try:
        connection.execute("BEGIN IMMEDIATE")
        for deck in (number % 100 / 100, 1 - number % 100 / 100):  # two rows in one transaction, whose fills make 1
            connection.execute(
                "INSERT INTO system_health_snapshots VALUES (NULL, ?, 12, 245, ?, ?, 2.5, 1, 1, ?)",
                (int(time.time() * 1000), deck, number, number),
            )
        connection.execute("COMMIT")
    except sqlite3.OperationalError:
        refused += 1
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    taken.append(time.perf_counter() - began)
    time.sleep(0.002)
print(json.dumps({"taken": taken, "refused": refused}))
"""
"""Writes without a pause worth the name, and waits for nobody if its timeout is 0."""


@contextmanager
def writing(path: Path, journal: str, seconds: float, timeout: float = 0.0) -> Iterator[Any]:
    """A process that writes for so long; what is given tells, once it has ended, how long each write took."""
    argv = [sys.executable, "-c", WRITER, str(path), journal, str(seconds), str(timeout)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError("the writer could not begin")
            yield lambda: json.loads(process.communicate(timeout=seconds + 20)[0])
        finally:
            process.kill()
