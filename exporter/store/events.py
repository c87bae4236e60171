"""The event log's table: writes events, and finds them again."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from exporter.event import LEVELS, Event
from exporter.store import event_text
from exporter.store.event_text import Search
from exporter.store.schema import event as table

PER_MILLISECOND = 1024

LONGEST = {"message": 1000, "source": 100, "deck": 63, "encoder_id": 63}
"""Characters of a column."""

MOST_METADATA = 4096
"""Characters of JSON."""

_COLUMNS = [column for column in table.columns if column.name != "words"]


class Kept(Struct, frozen=True):
    """An event with its key."""

    id: int
    event: Event


class Wanted(Struct, frozen=True):
    """What is looked for: from `since` to `until`, which is not in it (Unix time in ms). None of a kind = any."""

    since: int
    until: int
    levels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    text: str = ""

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last key of the stretch."""
        return self.since * PER_MILLISECOND, self.until * PER_MILLISECOND - 1


def key_before(moment: int) -> int:
    """The key below which every event lies before a moment in milliseconds."""
    return moment * PER_MILLISECOND


def add(connection: Connection, events: Iterable[tuple[Event, bool]]) -> list[Kept]:
    """Write events; they come back with their keys.

    Each with whether it is to be there once: then one that is there already, the same in everything and at the same
    millisecond, is neither written nor returned. Whoever is not answered sends again.
    """
    kept: list[Kept] = []
    for one, once in events:
        there = list(connection.execute(_at(one.at)))
        if once and any(event_of(row) == one for row in there):
            continue
        key = max([one.at * PER_MILLISECOND - 1, *(row.id for row in there)]) + 1
        while key >= (one.at + 1) * PER_MILLISECOND and _is_there(connection, key):  # more than a thousand in one ms
            key += 1
        connection.execute(table.insert().values(_row(key, one)))
        kept.append(Kept(key, one))
    return kept


def find(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> list[Kept]:
    """The newest that fit, without the first `offset` of them."""
    search = Search(wanted.text, wanted.levels, wanted.categories)
    if wanted.text.strip() and not search:
        return []  # nothing but signs: there is no such word
    find_keys = _by_words if search else _by_kind
    keys = find_keys(connection, wanted, search, limit + offset)[offset:]
    rows = connection.execute(select(*_COLUMNS).where(table.c.id.in_(keys)).order_by(table.c.id.desc()))
    return [Kept(row.id, event_of(row)) for row in rows]


def event_of(row: Row[Any]) -> Event:
    """An event as it was written."""
    return Event(
        at=row.id // PER_MILLISECOND,
        level=row.level,
        category=row.category,
        event=row.event,
        message=row.message,
        source=row.source,
        deck=row.deck,
        song_id=row.song_id,
        encoder_id=row.encoder_id,
        metadata=json.loads(row.metadata),
    )


def _at(moment: int) -> Any:
    first = moment * PER_MILLISECOND
    return select(*_COLUMNS).where(table.c.id.between(first, first + PER_MILLISECOND - 1))


def _is_there(connection: Connection, key: int) -> bool:
    return connection.scalar(select(table.c.id).where(table.c.id == key)) is not None


def _row(key: int, one: Event) -> dict[str, Any]:
    written = json.dumps(dict(one.metadata), ensure_ascii=False, separators=(",", ":"))
    return {
        "id": key,
        "level": one.level,
        "category": one.category,
        "event": one.event,
        "message": one.message,
        "source": one.source,
        "deck": one.deck,
        "song_id": one.song_id,
        "encoder_id": one.encoder_id,
        "metadata": written,
        "words": event_text.indexed(_texts(one), one.level, one.category),
    }


def _texts(one: Event) -> Iterator[str]:
    """Everything that is searched."""
    yield from (one.message, one.event, one.source, one.deck or "", one.encoder_id or "")
    yield from (value for value in one.metadata.values() if isinstance(value, str))


def _by_words(connection: Connection, wanted: Wanted, search: Search, limit: int) -> list[int]:
    first, last = wanted.keys
    if connection.dialect.name == "sqlite":
        return list(connection.scalars(event_text.sqlite_ids(search, first, last), {"limit": limit}))
    fits = event_text.condition(search, connection.dialect.name)
    query = select(table.c.id).where(fits, table.c.id.between(first, last)).order_by(table.c.id.desc())
    return list(connection.scalars(query.limit(limit)))


def _by_kind(connection: Connection, wanted: Wanted, _: Search, limit: int) -> list[int]:
    """Each level and category by itself, which an index answers from its end; then the newest of all of them."""
    first, last = wanted.keys
    found: list[int] = []
    for level, category in _kinds(wanted.levels, wanted.categories):
        query = select(table.c.id).where(table.c.id.between(first, last))
        if level is not None:
            query = query.where(table.c.level == level)
        if category is not None:
            query = query.where(table.c.category == category)
        found += connection.scalars(query.order_by(table.c.id.desc()).limit(limit))
    return sorted(found, reverse=True)[:limit]


def _kinds(levels: Collection[str], categories: Collection[str]) -> Iterable[tuple[str | None, str | None]]:
    """What is looked for, as an index has it: level alone, or category and level."""
    some_levels: Sequence[str | None] = list(dict.fromkeys(levels)) or (LEVELS if categories else [None])
    some_categories: Sequence[str | None] = list(dict.fromkeys(categories)) or [None]
    return product(some_levels, some_categories)
