"""Finds events of the log again: by level and category, by time, by words; the newest first."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, text

from exporter.event import CATEGORIES, LEVELS, Event
from exporter.store import event_index
from exporter.store.event_index import LONGEST_BEGINNING
from exporter.store.event_text import Term, terms
from exporter.store.events import COLUMNS, PER_MILLISECOND, Kept
from exporter.store.schema import event as table

LOOKED_AT, LOOKED_AT_APART = 10_000, 2_000
"""Events that are looked at one by one. On a server those of one kind lie apart from each other: that takes longer."""

FURTHER = 10
"""How many times as far it is looked next."""

PLACES, SAMPLE, RARE = 10, 200, 20
"""A word is rare that fewer than RARE events have, of SAMPLE events at each of so many places in the log."""


class Wanted(Struct, frozen=True):
    """What is looked for: from `since` to `until`, which is not in it (Unix time in ms). None of a kind = any."""

    since: int
    until: int
    levels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    text: str = ""

    @property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Levels and categories, each once. All of them are no choice."""
        levels, categories = (tuple(dict.fromkeys(names)) for names in (self.levels, self.categories))
        return levels if len(levels) < len(LEVELS) else (), categories if len(categories) < len(CATEGORIES) else ()

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last key of the stretch."""
        return self.since * PER_MILLISECOND, self.until * PER_MILLISECOND - 1


def find(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> list[Kept]:
    """The newest that fit, without the first `offset` of them."""
    asked = terms(wanted.text)
    if wanted.text.strip() and not asked:
        return []  # nothing but signs: there is no such word
    keys = _keys(connection, wanted, asked, limit + offset)[offset:]
    rows = connection.execute(select(*COLUMNS).where(table.c.id.in_(keys)).order_by(table.c.id.desc()))
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


def _keys(connection: Connection, wanted: Wanted, asked: Sequence[Term], limit: int) -> list[int]:
    if not asked:
        return _newest(connection, wanted, wanted.keys, limit)
    if connection.dialect.name == "sqlite":
        return _in_sqlite(connection, wanted, asked, limit)
    return _on_server(connection, wanted, asked, limit)


def _newest(
    connection: Connection, wanted: Wanted, keys: tuple[int, int], limit: int, *fits: ColumnElement[bool]
) -> list[int]:
    """Each level and category by itself, which an index answers from its end; then the newest of all of them."""
    found: list[int] = []
    for query in _of_each_kind(wanted, keys):
        found += connection.scalars(query.where(*fits).limit(limit))
    return sorted(found, reverse=True)[:limit]


def _of_each_kind(wanted: Wanted, keys: tuple[int, int]) -> Iterator[Select[int]]:
    """What is looked for, as an index has it: level alone, or category and level."""
    levels, categories = wanted.kinds
    some_levels: Iterable[str | None] = levels or (LEVELS if categories else [None])
    for level, category in product(some_levels, categories or [None]):
        query = select(table.c.id).where(table.c.id.between(*keys)).order_by(table.c.id.desc())
        if level is not None:
            query = query.where(table.c.level == level)
        yield query if category is None else query.where(table.c.category == category)


_IN_SQLITE = (
    "SELECT rowid FROM event_words WHERE event_words MATCH :search AND rowid BETWEEN :first AND :last"
    " ORDER BY rowid DESC LIMIT :limit"
)


def _in_sqlite(connection: Connection, wanted: Wanted, asked: Sequence[Term], limit: int) -> list[int]:
    """FTS5 gives the newest first as it goes, but gathers all that have a long beginning before it gives one.

    That takes its time if it is nearly everything. So the newest that have the short one, for which there is an index,
    are looked at first.
    """
    stretch: dict[str, Any] = dict(zip(("first", "last"), wanted.keys, strict=True))
    long = [word for word, begins in asked if begins and len(word) > LONGEST_BEGINNING]
    if long:
        shortened = event_index.fts5(asked, *wanted.kinds, longest=LONGEST_BEGINNING)
        found, enough = _among_newest(connection, stretch | {"search": shortened, "limit": LOOKED_AT}, long, limit)
        if enough:
            return found
    values = stretch | {"search": event_index.fts5(asked, *wanted.kinds), "limit": limit}
    return list(connection.scalars(text(_IN_SQLITE), values))


def _among_newest(
    connection: Connection, newest: dict[str, Any], long: Sequence[str], limit: int
) -> tuple[list[int], bool]:
    """Those that fit among the newest with the short beginnings; and whether these are all that are wanted."""
    begin = {f"word{number}": f" {word}" for number, word in enumerate(long)}
    fits = " AND ".join(f"instr(event.words, :{name}) > 0" for name in begin)
    query = f"SELECT id FROM event WHERE id IN ({_IN_SQLITE}) AND {fits} ORDER BY id DESC LIMIT :most"  # noqa: S608  ours
    found = list(connection.scalars(text(query), newest | begin | {"most": limit}))
    if len(found) == limit:
        return found, True
    there = connection.scalar(text(f"SELECT count(*) FROM ({_IN_SQLITE})"), newest)  # noqa: S608  ours
    return found, (there or 0) < LOOKED_AT


def _on_server(connection: Connection, wanted: Wanted, asked: Sequence[Term], limit: int) -> list[int]:
    """The newest are looked at one by one; if they do not fill the page, the index is asked for what is rare.

    A server's index gathers every event that has a word before it gives the newest: seconds, where that is nearly
    everything. If no word is rare, it is quicker to look on.
    """
    first, last = wanted.keys
    fits = [_has(term) for term in asked]
    found: list[int] = []
    number = LOOKED_AT if wanted.kinds == ((), ()) else LOOKED_AT_APART
    while True:
        since = _reach(connection, wanted, (first, last), number)
        found += _newest(connection, wanted, (since, last), limit - len(found), *fits)
        if len(found) == limit or since == first:
            return found
        if last == wanted.keys[1] and (rare := _rare(connection, wanted, asked)):
            return _by_index(connection, wanted, asked, rare, limit)
        last, number = since - 1, FURTHER * number


def _reach(connection: Connection, wanted: Wanted, keys: tuple[int, int], number: int) -> int:
    """The key down to which so many events have to be looked at; the first of the stretch if there are fewer."""
    kinds = list(_of_each_kind(wanted, keys))
    behind = max(number // len(kinds), 1) - 1
    return max(connection.scalar(query.offset(behind).limit(1)) or keys[0] for query in kinds)


def _rare(connection: Connection, wanted: Wanted, asked: Sequence[Term]) -> list[Term]:
    """Which of the words few events have, of whatever kind these are."""
    between = table.c.id.between(*wanted.keys)
    lowest, highest = connection.execute(select(func.min(table.c.id), func.max(table.c.id)).where(between)).one()
    there = Counter[Term]()
    for place in range(PLACES if lowest is not None else 0):
        since = lowest + (highest - lowest) * place // PLACES
        some = select(table.c.words).where(table.c.id.between(since, highest)).order_by(table.c.id)
        sample = some.limit(SAMPLE).subquery()
        counts = select(*(func.sum(case((_has(term, sample.c.words), 1), else_=0)) for term in asked))
        for term, number in zip(asked, connection.execute(counts).one(), strict=True):
            there[term] += int(number or 0)
    return [term for term in asked if there[term] < RARE]


def _by_index(
    connection: Connection, wanted: Wanted, asked: Sequence[Term], rare: Sequence[Term], limit: int
) -> list[int]:
    """What the index finds by its rare words, and what of that has the others and is of one of the kinds."""
    levels, categories = wanted.kinds
    fits = [event_index.condition(rare, connection.dialect.name), *(_has(term) for term in asked if term not in rare)]
    if levels:
        fits.append(table.c.level.in_(levels))
    if categories:
        fits.append(table.c.category.in_(categories))
    query = select(table.c.id).where(*fits, table.c.id.between(*wanted.keys))
    # PostgreSQL would rather go on from the newest when it sees the limit, hoping for the word to come soon.
    there = query.cte("there").prefix_with("MATERIALIZED", dialect="postgresql")
    return list(connection.scalars(select(there.c.id).order_by(there.c.id.desc()).limit(limit)))


def _has(term: Term, words: ColumnElement[str] = table.c.words) -> ColumnElement[bool]:
    """Whether a row has a word. Level and category stand before the words: each has a blank before it."""
    return words.like(f"% {term.word}%") if term.begins else (words + " ").like(f"% {term.word} %")
