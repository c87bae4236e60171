"""Finds events of the log again: by level and category, by time, by words; the newest first.

An index of words gathers all events that have a word before it gives the first, which takes seconds where that is
nearly everything. So where a word is common, the newest events are looked at one by one; where it is rare, the index
knows it at once.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import product

from sqlalchemy import ColumnElement, Connection, case, func, select

from exporter.event import LEVELS
from exporter.store import event_index
from exporter.store.event_text import Search, Term
from exporter.store.events import COLUMNS, Kept, Wanted, event_of
from exporter.store.schema import event as table

LOOKED_AT, LOOKED_AT_APART = 10_000, 2_000
"""Events that a database server looks at one by one. Those of one kind lie apart from each other: that takes longer."""

RARE = 100
"""A word in fewer than so many of the newest LOOKED_AT events is rare."""


def find(connection: Connection, wanted: Wanted, limit: int, offset: int = 0) -> list[Kept]:
    """The newest that fit, without the first `offset` of them."""
    search = Search(wanted.text, wanted.levels, wanted.categories)
    if wanted.text.strip() and not search:
        return []  # nothing but signs: there is no such word
    keys = _keys(connection, wanted, search, limit + offset)[offset:]
    rows = connection.execute(select(*COLUMNS).where(table.c.id.in_(keys)).order_by(table.c.id.desc()))
    return [Kept(row.id, event_of(row)) for row in rows]


def _keys(connection: Connection, wanted: Wanted, search: Search, limit: int) -> list[int]:
    first, last = wanted.keys
    if not search:
        return _newest(connection, wanted, first, limit)
    if connection.dialect.name == "sqlite":
        return event_index.in_sqlite(connection, search, first, last, limit)
    looked_at = LOOKED_AT_APART if wanted.levels or wanted.categories else LOOKED_AT
    since = _reach(connection, wanted, max(looked_at, 2 * limit))
    found = _newest(connection, wanted, since, limit, *map(_has, search.terms))
    if len(found) == limit or since == first:
        return found
    return _by_index(connection, wanted, search, limit)


def _newest(connection: Connection, wanted: Wanted, since: int, limit: int, *fits: ColumnElement[bool]) -> list[int]:
    """Each level and category by itself, which an index answers from its end; then the newest of all of them."""
    found: list[int] = []
    for kind in _kinds(wanted.levels, wanted.categories):
        query = select(table.c.id).where(table.c.id.between(since, wanted.keys[1]), *kind, *fits)
        found += connection.scalars(query.order_by(table.c.id.desc()).limit(limit))
    return sorted(found, reverse=True)[:limit]


def _reach(connection: Connection, wanted: Wanted, number: int) -> int:
    """The key down to which there are so many events of one of the kinds, or else the first that is wanted."""
    first, last = wanted.keys
    reach = first
    for kind in _kinds(wanted.levels, wanted.categories):
        query = select(table.c.id).where(table.c.id.between(first, last), *kind).order_by(table.c.id.desc())
        reach = max(reach, connection.scalar(query.offset(number - 1).limit(1)) or first)
    return reach


def _by_index(connection: Connection, wanted: Wanted, search: Search, limit: int) -> list[int]:
    """The index is asked for the rare words alone: it would gather the common ones as well."""
    first, last = wanted.keys
    rare = _rare(connection, wanted, search.terms)
    asked = Search.of(rare) if rare else search
    others = [_has(term) for term in search.terms if term not in rare] if rare else []
    of_kinds = [
        column.in_(names)
        for column, names in ((table.c.level, wanted.levels), (table.c.category, wanted.categories))
        if names
    ]
    fits = event_index.condition(asked, connection.dialect.name)
    query = select(table.c.id).where(fits, *others, *of_kinds, table.c.id.between(first, last))
    # PostgreSQL would rather go on from the newest when it sees the limit, hoping for the word to come soon.
    there = query.cte("there").prefix_with("MATERIALIZED", dialect="postgresql")
    return list(connection.scalars(select(there.c.id).order_by(there.c.id.desc()).limit(limit)))


def _rare(connection: Connection, wanted: Wanted, terms: Sequence[Term]) -> list[Term]:
    anything = Wanted(wanted.since, wanted.until)
    newest = table.c.id.between(_reach(connection, anything, LOOKED_AT), wanted.keys[1])
    counts = select(*(func.sum(case((_has(term), 1), else_=0)) for term in terms)).where(newest)
    there = connection.execute(counts).one()
    return [term for term, number in zip(terms, there, strict=True) if (number or 0) < RARE]


def _has(term: Term) -> ColumnElement[bool]:
    """Whether a row has a word. Level and category stand before the words: each has a blank before it."""
    word, begins = term
    return table.c.words.like(f"% {word}%") if begins else (table.c.words + " ").like(f"% {word} %")


def _kinds(levels: Collection[str], categories: Collection[str]) -> Iterator[list[ColumnElement[bool]]]:
    """What is looked for, as an index has it: level alone, or category and level."""
    some_levels: Iterable[str | None] = list(dict.fromkeys(levels)) or (LEVELS if categories else [None])
    some_categories: Iterable[str | None] = list(dict.fromkeys(categories)) or [None]
    for level, category in product(some_levels, some_categories):
        both = ((table.c.level, level), (table.c.category, category))
        yield [column == name for column, name in both if name is not None]
