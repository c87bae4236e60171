"""DesiZone Broadcaster's file, written without a pause: how long its writes take alone, beside us, beside others."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench import playout_writer
from bench.errors import BenchError
from bench.figures import ms
from bench.progress import say
from bench.table import table
from exporter.errors import PollTimeout
from exporter.playout.desizone import beside
from exporter.playout.desizone.snapshots import MOST_ROWS, SELECT

JOURNALS = ("delete", "wal")
ROUNDS, SECONDS = 4, 3.0
PAUSE = 0.005
"""Seconds between two readings: a thousand times as often as configured."""

HISTORY = 100_000
"""Rows that are there already: six days of them."""

TABLE = (
    "CREATE TABLE system_health_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL,"
    " cpu_pct REAL, memory_mb REAL, ring_buffer_fill_deck_a REAL, ring_buffer_fill_deck_b REAL,"
    " decoder_latency_ms REAL, stream_connected INTEGER, mysql_connected INTEGER, active_encoders INTEGER)"
)

Reader = Callable[[Path], None]


@dataclass(slots=True)
class Beside:
    """What a writer saw beside a reader. `taken` = seconds of each write; `reads` = seconds of each reading."""

    taken: list[float]
    refused: int
    reads: list[float]
    given_up: int = 0


Result = dict[tuple[str, str], Beside]


def run(folder: Path) -> Result:
    """Measure each journal mode without a reader, with ours and with an ordinary one, in turn."""
    readers: dict[str, Reader | None] = {
        "alone": None,
        "beside radio-exporter": _ours,
        "beside an ordinary reader": _plain,
    }
    found: Result = {}
    for journal in JOURNALS:
        path = _made(folder / f"playout-{journal}.db", journal)
        say(f"playout: {ROUNDS} rounds of {len(readers)} times {SECONDS:g} s, journal_mode={journal}")
        for _ in range(ROUNDS):
            for name, reader in readers.items():
                once = _measured(path, journal, reader)
                whole = found.setdefault((journal, name), Beside([], 0, []))
                whole.taken += once.taken
                whole.reads += once.reads
                whole.refused += once.refused
                whole.given_up += once.given_up
    return found


def report(found: Result) -> str:
    """The whole result."""
    rows = []
    for (journal, name), seen in found.items():
        late = quantiles(seen.taken, n=100)[98]
        reads = f"{len(seen.reads):,} of {ms(median(seen.reads))}, {seen.given_up} given up" if seen.reads else ""
        writes = (f"{len(seen.taken):,}", ms(median(seen.taken)), ms(late), ms(max(seen.taken)), str(seen.refused))
        rows.append((journal, name, *writes, reads))
    head = (
        f"DesiZone's SQLite file with {HISTORY:,} rows, written without a pause by a process that waits for no lock,"
        f" read every {ms(PAUSE)} (usually: every 5 s)."
    )
    columns = ("journal", "the writer", "writes", "median", "99 %", "longest", "refused", "readings")
    return "\n\n".join((head, table(columns, rows, left=2)))


def _made(path: Path, journal: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute(TABLE)
        with connection:
            connection.executemany(playout_writer.INSERT, ((number,) for number in range(HISTORY)))
    return path


def _measured(path: Path, journal: str, reader: Reader | None) -> Beside:
    argv = [sys.executable, playout_writer.__file__, str(path), journal, str(SECONDS)]
    reads, given_up = list[float](), 0
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        try:
            until = time.monotonic() + SECONDS - 0.2
            while reader is not None and time.monotonic() < until:
                began = time.perf_counter()
                try:
                    reader(path)
                    reads.append(time.perf_counter() - began)
                except PollTimeout:
                    given_up += 1
                time.sleep(PAUSE)
            said, _ = writer.communicate(timeout=SECONDS + 20)
        except subprocess.TimeoutExpired as error:
            raise BenchError("the writer did not end in time") from error
        finally:
            writer.kill()
    outcome = json.loads(said)
    return Beside(outcome["taken"], outcome["refused"], reads, given_up)


def _ours(path: Path) -> None:
    beside.read(path, _rows)


def _plain(path: Path) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        _rows(connection)


def _rows(connection: sqlite3.Connection) -> None:
    connection.execute(SELECT, (MOST_ROWS,)).fetchall()
