"""Reads an SQLite file beside the program that writes it, which never has to wait for us.

Where there is a write-ahead log (WAL) we read as everybody does: readers and writers do not meet there. In the other
journal modes a reader's lock keeps the writer from committing, if only for a millisecond; there, and where nobody has
the log open, we take no lock at all. That such a reading is whole is seen in the file itself: while a transaction is
written its journal lies beside the file, and one that was written has counted up the number in the file's header. If
there is no journal after we read, and the number is the same, nothing was written meanwhile; else we read again.

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


class _State(Struct, frozen=True):
    """How the file was found: its journal mode, how often it was written, whether a write-ahead log is beside it."""

    wal: bool
    changes: bytes
    log: bool

    @property
    def read_with(self) -> str:
        """How SQLite is to open it: with its locks only where they are in nobody's way.

        A log means that the writer has its part of the locks ready. To be the first who opens one would mean to make
        them, and to keep a writer out that begins just then; without a log the file alone holds everything.
        """
        if not self.wal:
            return "&nolock=1"
        return "" if self.log else "&immutable=1"


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
    before = _state(path)
    if not before.wal and _journal(path, look_inside=look_inside):
        raise _WrittenMeanwhileError
    address = f"file:{quote(str(path))}?mode=ro{before.read_with}"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY)) as connection:
        connection.isolation_level = None
        connection.text_factory = _text
        connection.execute("BEGIN")
        found = query(connection)
        connection.execute("COMMIT")
    if before.read_with and (_journal(path, look_inside=look_inside) or _state(path) != before):
        raise _WrittenMeanwhileError
    return found


def _text(raw: bytes) -> str:
    """SQLite keeps whatever was written as a text; one that is broken is no reason to read nothing."""
    return raw.decode("utf-8", "replace")


def _state(path: Path) -> _State:
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise ConnectionFailed(f"the file cannot be opened ({error.strerror or 'failed'})") from error
    if len(header) < 100 or not header.startswith(MAGIC):
        raise ParseError("the file is no SQLite database")
    return _State(header[19] == 2, header[24:28], bool(_size(path, "-wal")))


def _size(path: Path, suffix: str) -> int:
    """Bytes of a file beside the database; 0 if there is none."""
    try:
        return path.with_name(f"{path.name}{suffix}").stat().st_size
    except OSError:
        return 0


def _journal(path: Path, *, look_inside: bool) -> bool:
    """Whether a transaction is under way, by the journal beside the file."""
    if not _size(path, "-journal") or not look_inside:
        return bool(_size(path, "-journal"))
    try:
        with path.with_name(f"{path.name}-journal").open("rb") as file:
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
