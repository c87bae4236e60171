"""The event log's table: writes events, each under the key of its time."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, select

from exporter.event import Event
from exporter.store import event_text
from exporter.store.schema import event as table

PER_MILLISECOND = 1024

COLUMNS = [column for column in table.columns if column.name != "words"]


Content = tuple[Any, ...]
"""A row without its key and its words."""


class Kept(Struct, frozen=True):
    """An event with its key."""

    id: int
    event: Event


def key_before(moment: int) -> int:
    """The key below which every event lies before a moment in milliseconds."""
    return moment * PER_MILLISECOND


def add(connection: Connection, events: Iterable[tuple[Event, bool]]) -> list[Kept]:
    """Write events; they come back with their keys.

    Each with whether it is to be there once: then one that is there already, the same in everything and at the same
    millisecond, is neither written nor returned. Whoever is not answered sends again.
    """
    places, kept = _Places(connection), list[Kept]()
    for one, once in events:
        row = _content(one)
        if not (once and places.hold(one.at, row)):
            kept.append(Kept(places.take(one.at, row), one))
    if kept:
        connection.execute(table.insert(), [_row(one.id, one.event) for one in kept])
    return kept


class _Places:
    """Which keys are taken, and by what: read once for each millisecond, and only for those that may have some."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._highest: int = connection.scalar(select(func.max(table.c.id))) or -1
        self._taken: dict[int, tuple[int, set[Content]]] = {}

    def hold(self, at: int, row: Content) -> bool:
        """Whether this very event is there: at its millisecond, or where it went because that had no room."""
        while row not in self._of(at)[1]:
            if self._of(at)[0] < PER_MILLISECOND:
                return False
            at += 1
        return True

    def take(self, at: int, row: Content) -> int:
        """The next key of a millisecond, or, if it has had a thousand, of the first behind it that has room."""
        while (place := self._of(at)[0]) == PER_MILLISECOND:
            at += 1
        there = self._taken[at][1]
        there.add(row)
        self._taken[at] = place + 1, there
        return at * PER_MILLISECOND + place

    def _of(self, at: int) -> tuple[int, set[Content]]:
        """The first free place of a millisecond, and the events there."""
        if at not in self._taken:
            self._taken[at] = self._read(at) if at * PER_MILLISECOND <= self._highest else (0, set())
        return self._taken[at]

    def _read(self, at: int) -> tuple[int, set[Content]]:
        first = at * PER_MILLISECOND
        there = table.c.id.between(first, first + PER_MILLISECOND - 1)
        rows = self._connection.execute(select(*COLUMNS).where(there).order_by(table.c.id)).all()
        return (rows[-1].id - first + 1 if rows else 0), {tuple(row[1:]) for row in rows}


def _content(one: Event) -> Content:
    written = json.dumps(dict(one.metadata), ensure_ascii=False, separators=(",", ":"))
    return (
        one.level, one.category, one.event, one.message, one.source, one.deck, one.song_id, one.encoder_id, written,
    )  # fmt: skip


def _row(key: int, one: Event) -> dict[str, Any]:
    names = (column.name for column in COLUMNS)
    words = event_text.indexed(_texts(one), one.level, one.category)
    return dict(zip(names, (key, *_content(one)), strict=True)) | {"words": words}


def _texts(one: Event) -> Iterator[str]:
    """Everything that is searched."""
    yield from (one.message, one.event, one.source, one.deck or "", one.encoder_id or "")
    yield from (value for value in one.metadata.values() if isinstance(value, str))
