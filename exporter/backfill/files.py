"""Reads logs line by line: plain, gzip or standard input, in pieces, whatever is in them."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from exporter.backfill.access_log import LONGEST_LINE, parse
from exporter.errors import ConfigError

STANDARD_INPUT = Path("-")

PIECE = 1 << 20
"""Bytes that are read at a time."""

_LOOKED_AT = 1000
"""Lines in which the first that can be read is looked for."""

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of a log: its name, the number of the first of them, and the bytes of the file read so far."""

    name: str
    first: int
    lines: Sequence[str]
    read: int


def in_order(paths: Iterable[Path]) -> list[Path]:
    """The logs by the time of their first line: rotated ones are given in any order, and nobody is there twice."""
    once = list(dict.fromkeys(path if path == STANDARD_INPUT else path.absolute() for path in paths))
    return sorted(once, key=lambda path: sys.maxsize if path == STANDARD_INPUT else _begins(path))


def total_bytes(paths: Iterable[Path]) -> int | None:
    """How much there is to read; None where nobody can know."""
    sizes = [None if path == STANDARD_INPUT else path.stat().st_size for path in paths]
    return None if None in sizes else sum(size or 0 for size in sizes)


def read(path: Path) -> Iterator[Lines]:
    """The lines of one log, in pieces; ConfigError if it cannot be read."""
    with _opened(path) as (file, read_so_far):
        first = 1
        for lines in _lines(file):
            yield Lines(path.name, first, lines, read_so_far())
            first += len(lines)


def _begins(path: Path) -> int:
    lines = (line for piece in read(path) for line in piece.lines)
    return next((heard.ended for line in islice(lines, _LOOKED_AT) if (heard := parse(line)) is not None), 0)


def _lines(file: BinaryIO) -> Iterator[list[str]]:
    rest = b""
    while piece := file.read(PIECE):
        whole, newline, rest = (rest + piece).rpartition(b"\n")
        if newline:
            yield whole.decode("utf-8", "replace").split("\n")
        elif len(rest) > PIECE:
            rest = rest[:LONGEST_LINE]  # no text at all: enough of it is kept to be counted as a broken line
    if rest:
        yield [rest.decode("utf-8", "replace")]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    name = "standard input" if path == STANDARD_INPUT else str(path)
    try:
        with open(0, "rb", closefd=False) if path == STANDARD_INPUT else path.open("rb") as file:
            packed = file.peek(len(_GZIP)).startswith(_GZIP)
            told = (lambda: 0) if path == STANDARD_INPUT else file.tell
            yield (gzip.GzipFile(fileobj=file) if packed else file), told  # type: ignore[misc]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigError(name, "is a damaged gzip file; what could be read of it is stored") from error
    except OSError as error:
        raise ConfigError(name, f"cannot be read ({error.strerror or error}): check path and permissions") from error
