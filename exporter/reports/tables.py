"""Rows as CSV and as JSON, written piece by piece.

CSV is RFC 4180: commas, CRLF, quotes where needed, a header, UTF-8. A text that a spreadsheet would take for a formula
gets an apostrophe before it, since channels, players and pages are named by strangers.
https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

import msgspec

from exporter.reports.rows import Row

Format = Literal["csv", "json"]

# The last four are the full-width signs: some programs read them as the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Writer(Protocol):
    """Turns rows into bytes: `begin`, then every page, then `end`."""

    content_type: str

    def begin(self) -> bytes: ...  # noqa: D102
    def page(self, rows: Iterable[Row]) -> bytes: ...  # noqa: D102
    def end(self) -> bytes: ...  # noqa: D102


class CsvWriter:
    """CSV; `mark` = begin with a byte order mark, by which Excel knows UTF-8."""

    content_type = "text/csv; charset=utf-8; header=present"

    def __init__(self, kind: type[Row], *, mark: bool = False) -> None:
        self._kind, self._mark = kind, mark

    def begin(self) -> bytes:
        """The header."""
        return (b"\xef\xbb\xbf" if self._mark else b"") + _lines([self._kind.__struct_encode_fields__])

    def page(self, rows: Iterable[Row]) -> bytes:
        """The rows."""
        return _lines(map(_cells, rows))

    def end(self) -> bytes:
        """Nothing more."""
        return b""


class JsonWriter:
    """One array of objects, an object a line."""

    content_type = "application/json"

    def __init__(self) -> None:
        self._separator = b"\n"

    def begin(self) -> bytes:
        """The bracket."""
        return b"["

    def page(self, rows: Iterable[Row]) -> bytes:
        """The rows."""
        return b"".join(self._separated(rows))

    def end(self) -> bytes:
        """The other bracket."""
        return b"\n]\n"

    def _separated(self, rows: Iterable[Row]) -> Iterator[bytes]:
        for row in rows:
            yield self._separator + msgspec.json.encode(row)
            self._separator = b",\n"


def writer(form: Format, kind: type[Row], *, mark: bool = False) -> Writer:
    """What writes such rows in such a form."""
    return CsvWriter(kind, mark=mark) if form == "csv" else JsonWriter()


def _cells(row: Row) -> Iterator[Any]:
    return map(_cell, msgspec.structs.astuple(row))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
