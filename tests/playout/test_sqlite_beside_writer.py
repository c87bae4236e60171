"""DesiZone's file while another process writes it without a pause: the writer is never refused, a reading is whole.

How long its writes take with and without us is measured by `python -m bench playout`.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from exporter.errors import ConnectionFailed, ParseError, PollTimeout
from exporter.playout.desizone import beside
from tests.playout import desizone

SECONDS = 0.7


def pairs(connection: sqlite3.Connection) -> list[tuple[float, int]]:
    return connection.execute(
        "SELECT ring_buffer_fill_deck_a, active_encoders FROM system_health_snapshots ORDER BY rowid DESC LIMIT 40"
    ).fetchall()


@pytest.mark.parametrize("journal", ["delete", "wal", "truncate", "persist"])
def test_a_writer_that_waits_for_nobody_is_never_refused(journal: str, tmp_path: Path, capsys) -> None:
    path = desizone.made(tmp_path / "broadcaster.db", journal)
    seconds = 4 * SECONDS if journal == "persist" else SECONDS  # a journal that stays is waited for first
    with desizone.writing(path, journal, seconds) as written:
        readings, missed, seen = 0, 0, set()
        until = time.monotonic() + seconds - 0.2
        while time.monotonic() < until:
            try:
                rows = beside.read(path, pairs)
            except PollTimeout:
                missed += 1
                continue
            readings += 1
            assert_whole(rows)
            seen.update(number for _, number in rows[:2])
        outcome = written()
    assert outcome["refused"] == 0
    assert_whole(beside.read(path, pairs))
    assert min(len(seen), readings) >= (1 if journal == "persist" else 5)
    with capsys.disabled():
        print(f"\n{journal}: {len(outcome['taken'])} writes, {readings} readings beside them, {missed} given up")


def assert_whole(rows: list[tuple[float, int]]) -> None:
    """Each transaction is there with both of its rows, and none is missing between."""
    for newer, older in zip(rows[::2], rows[1::2], strict=True):
        assert newer[1] == older[1]
        assert newer[0] + older[0] == pytest.approx(1)
    numbers = [number for _, number in rows[::2]]
    assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1)) if numbers else True


@pytest.mark.parametrize("journal", ["delete", "wal", "truncate"])
def test_a_writer_commits_in_the_midst_of_our_reading(journal: str, tmp_path: Path) -> None:
    """What was read before and after that is not mixed: where it might be, it is read again."""
    path, readings = desizone.made(tmp_path / "broadcaster.db", journal), list[int]()
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(1000))

    def query(connection: sqlite3.Connection) -> tuple[int, int]:
        first = len(pairs(connection))
        if not readings:
            with closing(sqlite3.connect(path, timeout=0)) as writer, writer:
                writer.execute(desizone.SNAPSHOT, desizone.snapshot(2000))
        readings.append(first)
        return first, len(pairs(connection))

    found = beside.read(path, query)
    assert (found, readings) == (((1, 1), [1]) if journal == "wal" else ((2, 2), [1, 2]))


def test_an_ordinary_reader_would_be_in_the_way(tmp_path: Path) -> None:
    """So that the test above can fail: with SQLite's own lock the same writer is refused."""
    path = desizone.made(tmp_path / "broadcaster.db")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        pairs(reader)
        with (
            closing(sqlite3.connect(path, timeout=0)) as writer,
            pytest.raises(sqlite3.OperationalError, match="locked"),
            writer,
        ):
            writer.execute(desizone.SNAPSHOT, desizone.snapshot(2000))


def test_nothing_is_read_of_a_transaction_under_way(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "broadcaster.db")
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(1000))
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size=2")  # so that it writes into the file before it commits
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany(desizone.SNAPSHOT, [desizone.snapshot(2000 + number) for number in range(2000)])
        with pytest.raises(PollTimeout, match="being written all the while"):
            beside.read(path, pairs)
        writer.execute("COMMIT")
    assert len(beside.read(path, pairs)) == 40


def test_nothing_stays_locked_or_open(tmp_path: Path) -> None:
    for journal in ("delete", "wal"):
        path = desizone.made(tmp_path / f"{journal}.db", journal)
        beside.read(path, pairs)
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            writer.execute("COMMIT")
            assert writer.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)  # takes the file for itself


def test_a_file_that_is_not_there_or_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "broadcaster.db"
    with pytest.raises(ConnectionFailed, match="cannot be opened"):
        beside.read(path, pairs)
    path.write_bytes(b"")
    with pytest.raises(ParseError, match="no SQLite database"):
        beside.read(path, pairs)
    path.write_bytes(b"x" * 5000)
    with pytest.raises(ParseError, match="no SQLite database"):
        beside.read(path, pairs)
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises((ParseError, PollTimeout)):
        beside.read(path, pairs)
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE something (id)")
    with pytest.raises(ParseError, match="a table or a column is missing"):
        beside.read(path, pairs)


def test_a_name_that_means_something_in_an_address(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "100% sure? #1.db")
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(1000))
    assert len(beside.read(path, pairs)) == 1
