"""Reads an SQLite file beside the program that writes it, which never has to wait for us.

A write-ahead log (WAL) lets a reader be: there we read as everybody does. In the other journal modes a reader's lock
keeps the writer from committing, if only for a millisecond. There we take no lock at all. That such a reading is whole
is seen in the file itself: while a transaction is written its journal lies beside the file, and a transaction that was
written has counted up the number in the file's header. If neither a journal is there nor the number another one after
we read, nothing was written meanwhile; else we read again.

Formats: https://www.sqlite.org/fileformat2.html#the_database_header, https://www.sqlite.org/uri.html (nolock, mode)
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from exporter.errors import ConnectionFailed, ParseError, PollError, PollTimeout

T = TypeVar("T")

TRIES = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.05
"""Seconds between two tries, doubled each time: all of them take less than a second."""

LOOK_INSIDE_FROM = 10
"""The try from which on a journal is opened: one that is still there may be kept, with a head of zeros, between two
transactions. In the usual mode it is gone by then. On Windows the writer could not delete one that we have open."""

BUSY = 0.1
"""Seconds for which a lock is waited for where there may be one."""

MAGIC = b"SQLite format 3\0"


class _Header(Struct, frozen=True):
    wal: bool
    changes: bytes


class _WrittenMeanwhileError(Exception):
    """What was read may be of two transactions."""


def read(path: Path, query: Callable[[sqlite3.Connection], T]) -> T:
    """What `query` finds in the database; nothing is locked before and after.

    Raises:
        ConnectionFailed: the file is not there, or cannot be opened.
        PollTimeout: it was being written all the while.
        ParseError: it is no database, or not the one that was expected.
    """
    pause = FIRST_PAUSE
    for number in range(TRIES):
        try:
            return _once(path, query, look_inside=number >= LOOK_INSIDE_FROM)
        except (_WrittenMeanwhileError, sqlite3.DatabaseError) as error:
            if not _passing(path, error):
                raise _told_apart(error) from error
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    raise PollTimeout("it was being written all the while, and is not waited for")


def _once(path: Path, query: Callable[[sqlite3.Connection], T], *, look_inside: bool) -> T:
    before = _header(path)
    if not before.wal and _journal(path, look_inside=look_inside):
        raise _WrittenMeanwhileError
    lock = "" if before.wal else "&nolock=1"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro{lock}", uri=True, timeout=BUSY)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN")
        found = query(connection)
        connection.execute("COMMIT")
    if not before.wal and (_journal(path, look_inside=look_inside) or _header(path) != before):
        raise _WrittenMeanwhileError
    return found


def _header(path: Path) -> _Header:
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise ConnectionFailed(f"the file cannot be opened ({error.strerror or 'failed'})") from error
    if len(header) < 100 or not header.startswith(MAGIC):
        raise ParseError("the file is no SQLite database")
    return _Header(header[19] == 2, header[24:28])


def _journal(path: Path, *, look_inside: bool) -> bool:
    """Whether a transaction is under way, by the journal beside the file."""
    journal = path.with_name(f"{path.name}-journal")
    try:
        if not journal.stat().st_size or not look_inside:
            return bool(journal.stat().st_size)
        with journal.open("rb") as file:
            return file.read(1) not in (b"", b"\0")
    except OSError:
        return False


def _passing(path: Path, error: Exception) -> bool:
    """Whether it may be better in a moment."""
    if isinstance(error, _WrittenMeanwhileError):
        return True
    said = str(error)
    under_way = "open" in said and _journal(path, look_inside=False)
    return under_way or any(word in said for word in ("locked", "malformed", "readonly"))


def _told_apart(error: Exception) -> PollError:
    said = str(error)
    if "no such" in said:
        return ParseError("it is not DesiZone's: a table or a column is missing")
    if "unable to open" in said:
        return ConnectionFailed("the file cannot be opened: may the exporter read it, and the folder it lies in?")
    return ParseError("the file cannot be read as an SQLite database")
