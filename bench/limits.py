"""What the libraries alone take for the same work: no exporter in Python can be faster than they are."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from xml.parsers import expat

import msgspec

from exporter.ingest.flussonic import Event

PIECE = 65536

Row = tuple[bytes, bytes, str, str, str, int, int, int]


def decode(bodies: Sequence[bytes]) -> float:
    """Seconds in which msgspec decodes these bodies into events."""
    decoder = msgspec.json.Decoder(list[Event])
    began = time.perf_counter()
    for body in bodies:
        decoder.decode(body)
    return time.perf_counter() - began


def insert(folder: Path, number: int, at_once: int) -> float:
    """Seconds in which SQLite takes so many rows, as safely as the exporter's store, `at_once` in a transaction."""
    rows = [_row(place) for place in range(number)]
    file = folder / f"bare-{number}-{at_once}.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE s (k BLOB PRIMARY KEY, i BLOB, server, channel, country, a INT, b INT, c INT)")
        began = time.perf_counter()
        _insert(connection, rows, at_once)
        seconds = time.perf_counter() - began
    for left in folder.glob(f"{file.name}*"):
        left.unlink()
    return seconds


def parse(document: bytes, *, handled: bool) -> float:
    """Processor seconds in which expat reads a document in pieces; `handled` = three functions that do nothing."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    if handled:
        parser.StartElementHandler = lambda _name, _attributes: None
        parser.EndElementHandler = lambda _name: None
        parser.CharacterDataHandler = lambda _text: None
    began = time.process_time()
    for start in range(0, len(document), PIECE):
        parser.Parse(document[start : start + PIECE])
    parser.Parse(b"", True)
    return time.process_time() - began


def _insert(connection: sqlite3.Connection, rows: Sequence[Row], at_once: int) -> None:
    for start in range(0, len(rows), at_once):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO s VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows[start : start + at_once])
        connection.execute("COMMIT")


def _row(number: int) -> Row:
    # A key is a hash, so keys come in no order.
    key = (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big") * 2
    return key, key, "edge-1", "channel-01", "DE", number, number + 60_000, 4_000_000
