"""The rows of `event_log`, as events.

Source: the published source of DesiZone Broadcaster, src-tauri/src/analytics/event_logger.rs.
"""

import re
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from exporter.clock import AHEAD
from exporter.event import (
    CATEGORIES,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_METADATA,
    WORDS,
    Category,
    Event,
    Value,
)
from exporter.texts import foreign_line

TABLE = "event_log"
MOST_ROWS = 500
"""Rows at once; the rest follows with the next look."""

LATEST_TIME = 1 << 46
"""Milliseconds: the year 4199."""

SELECT = (
    "SELECT rowid, timestamp, level, category, event, message, metadata_json, deck, song_id, encoder_id"
    " FROM event_log WHERE rowid > ? ORDER BY rowid LIMIT ?"
)
LATEST = "SELECT max(rowid) FROM event_log"

_metadata = msgspec.json.Decoder(dict[str, Any])


def after(connection: sqlite3.Connection, rowid: int | None) -> tuple[list[tuple[Any, ...]], int | None]:
    """The rows after one, oldest first, and how far they reach.

    At first (None), and when the table began anew, there are none: what happened before is history. A table that is
    empty for now goes on where it was.
    """
    (latest,) = connection.execute(LATEST).fetchone()
    if rowid is None or (latest is not None and latest < rowid):
        return [], latest or 0
    rows = connection.execute(SELECT, (rowid, MOST_ROWS)).fetchall()
    return rows, rows[-1][0] if rows else rowid


def events(rows: Sequence[tuple[Any, ...]], engine: str, now: int) -> tuple[list[Event], int]:
    """The rows as events of this engine, and how many of them say nothing that can be understood.

    `now` = in milliseconds: what is far ahead of our clock happened now.
    """
    found = [event for row in rows if (event := _event(row, f"playout/{engine}", now)) is not None]
    return found, len(rows) - len(found)


def _event(row: tuple[Any, ...], source: str, now: int) -> Event | None:
    _, at, level, category, event, message, metadata, deck, song, encoder = row
    name = re.sub(r"[^a-z0-9]+", "_", _text(event, LONGEST_NAME).lower()).strip("_")
    if not isinstance(at, int | float) or not 0 < at < LATEST_TIME or not name:
        return None
    return Event(
        at=int(at) if at <= now + AHEAD else now,
        level=WORDS.get(_text(level, 16).lower(), "info"),
        category=_category(_text(category, 16).lower()),
        event=name,
        message=_text(message, LONGEST_MESSAGE) or name,
        source=source,
        deck=_text(deck, LONGEST_NAME).removeprefix("deck_") or None,
        song_id=song if isinstance(song, int) else None,
        encoder_id=_text(encoder, LONGEST_NAME) or None,
        metadata=_known(metadata),
    )


def _category(word: str) -> Category:
    return next((category for category in CATEGORIES if category == word), "system")


def _known(metadata: Any) -> dict[str, Value]:
    """What else is known. What is nested is left out, and what is no JSON object."""
    try:
        found = _metadata.decode(metadata) if isinstance(metadata, str | bytes) else {}
    except (ValueError, RecursionError):
        return {}
    some = [(key, value) for key, value in found.items() if isinstance(value, str | int | float | bool | None)]
    return {
        _text(key, LONGEST_NAME): _text(value, LONGEST_VALUE) if isinstance(value, str) else value
        for key, value in some[:MOST_METADATA]
    }


def _text(value: Any, longest: int) -> str:
    """A text on one line, without addresses."""
    if value is None or isinstance(value, bytes):
        return ""
    return foreign_line(str(value), longest)
