"""The event log with a million events: searches of every kind beside what a first version would ask, and writing.

On SQLite beside a plain LIKE; on MariaDB beside its own index of words, asked as its manual has it.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import URL, Connection, select

from bench.figures import ms, verdict
from bench.progress import say
from bench.root import root
from bench.table import table
from bench.timings import Timing, timing
from demo.credentials import make_passwords
from demo.mariadb import Address, mariadb
from exporter.event import CATEGORIES, KINDS, Event
from exporter.events.log import EventLog
from exporter.store import events
from exporter.store.database import Database, database_url
from exporter.store.event_find import Wanted, event_of, find
from exporter.store.event_index import condition
from exporter.store.event_text import terms
from exporter.store.events import Kept
from exporter.store.migrations import migrate
from exporter.store.schema import event

NUMBER = 1_000_000
DAYS = 90
DAY = 86_400_000
PAGE = 100
LIMIT = 0.05

SEARCHES, SCANS = 100, 5
LONGEST = 300
"""Seconds in which they must be written."""

DEFAULT_MEMORY = 128 << 20
"""Bytes that MariaDB keeps of its tables."""

AT_ONCE = 5_000
WRITTEN = 10_000

_LEVELS = ("debug",) * 10 + ("info",) * 80 + ("warning",) * 8 + ("error",) * 2
_HOSTS, _WORDS = 40, 5_000


Query = Callable[[Connection, Wanted, int], int]
"""A page of a search, without the first so many; how many events are on it."""


@dataclass(frozen=True, slots=True)
class Searched:
    """One kind of search: what it finds on a page, how long it takes, and how long the other way, if it has words."""

    what: str
    rows: int
    ours: Timing
    other: Timing | None


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was measured: events a second, and bytes of the tables. `other` = what stands beside ours."""

    store: str
    other: str
    searches: list[Searched]
    filled: float
    told: float
    size: int


def run(folder: Path, number: int = NUMBER) -> Found:
    """Measure it on SQLite."""
    file = folder / "radio.db"
    found = _measured(database_url(None, folder), number, _like, SCANS)
    return Found("SQLite", "LIKE over the messages instead of the index of words", *found, file.stat().st_size)


def run_on_mariadb(folder: Path, number: int = NUMBER) -> Found:
    """Measure it on a MariaDB that has as much memory as one that nobody has configured."""
    return asyncio.run(_on_mariadb(folder, number))


async def _on_mariadb(folder: Path, number: int) -> Found:
    make_passwords(folder)
    async with mariadb(folder / "mariadb", folder) as (server, _):
        return await asyncio.to_thread(_on, server.address, number)


def _on(address: Address, number: int) -> Found:
    with root(address) as cursor:
        cursor.execute(f"SET GLOBAL innodb_buffer_pool_size = {DEFAULT_MEMORY}")
        cursor.execute("CREATE DATABASE radio CHARACTER SET utf8mb4")
        url = URL.create("mysql+pymysql", "root", address.password, address.host, address.port, "radio")
        found = _measured(url, number, _index_alone, 1)
        # The index of words has tables of its own, which are not in the size of `event`.
        cursor.execute("SELECT sum(file_size) FROM information_schema.innodb_sys_tablespaces WHERE name LIKE 'radio/%'")
        (size,) = cursor.fetchone() or (0,)
    return Found("MariaDB", "all words asked of its index of words", *found, int(size))


def _measured(url: URL, number: int, other: Query, scans: int) -> tuple[list[Searched], float, float]:
    """Every kind of search, and events written a second: many at once, and one by one."""
    say(f"events: {number:,} into {url.get_backend_name()}")
    database = Database(url)
    now = time.time_ns() // 1_000_000
    try:
        database.write_now(migrate)
        filled = _fill(database, number, now)
        say(f"events: {SEARCHES} searches of each kind")
        searches = []
        for what, wanted, offset in _kinds(now):
            ours, rows = _timed(database, SEARCHES, lambda c, w=wanted, o=offset: len(find(c, w, PAGE, o)))  # type: ignore[misc]
            beside = None
            if wanted.text:
                others, _ = _timed(database, scans, lambda c, w=wanted, o=offset: other(c, w, o))  # type: ignore[misc]
                beside = timing(others, 0)
            searches.append(Searched(what, rows, timing(ours, 0), beside))
        return searches, filled, asyncio.run(_told(database, now))
    finally:
        database.close_now()


def report(found: Found) -> str:
    """The whole result."""
    head = (
        f"The event log, {NUMBER:,} events of {DAYS} days on {found.store}: a page of {PAGE}, newest first. Beside it"
        f" the same search\nin the same table with {found.other}."
    )
    columns = ("search", "rows", "median", "p99", f"limit {ms(LIMIT)}", "the other, median", "beside ours")
    rows = [
        (
            one.what, str(one.rows), ms(one.ours.median), ms(one.ours.p99), verdict(one.ours.p99 < LIMIT),
            *((ms(one.other.median), f"{one.other.median / one.ours.median:,.1f} x") if one.other else ("-", "-")),
        )
        for one in found.searches
    ]  # fmt: skip
    writing = (
        f"Written: {found.told:,.0f} events/s as they are told, {found.filled:,.0f} events/s by {AT_ONCE:,} in a"
        f" transaction. On disk it has {found.size / 1e6:,.0f} MB, {found.size / NUMBER:,.0f} bytes an event."
    )
    return "\n\n".join((head, table(columns, rows), writing))


def _kinds(now: int) -> Iterator[tuple[str, Wanted, int]]:
    whole = (now - (DAYS + 1) * DAY, now + DAY)
    yield "everything", Wanted(*whole), 0
    yield "one level, rare", Wanted(*whole, ("error",)), 0
    yield "two levels, three categories", Wanted(*whole, ("warning", "error"), CATEGORIES[:3]), 0
    yield "a word that is everywhere", Wanted(*whole, text="mount"), 0
    yield "a word that is everywhere, a rare level", Wanted(*whole, ("error",), ("database",), "mount"), 0
    yield "a word that no event of this level has", Wanted(*whole, ("error",), text="routinely"), 0
    yield "a rare word", Wanted(*whole, text="word777"), 0
    yield "two words", Wanted(*whole, text="live17.mp3 word77"), 0
    yield "the beginning of a rare word", Wanted(*whole, text="word777*"), 0
    yield "the beginning of a word that is everywhere", Wanted(*whole, text="mou*"), 0
    yield "two such beginnings, a rare level", Wanted(*whole, ("error",), text="mou* list*"), 0
    yield "a longer beginning of such a word", Wanted(*whole, text="listen*"), 0
    yield "three of them, a rare level", Wanted(*whole, ("error",), text="listen* mount* plays*"), 0
    yield "the same, on a day two months ago", Wanted(now - 60 * DAY, now - 59 * DAY, text="listen* mount* plays*"), 0
    yield "one letter", Wanted(*whole, text="w*"), 0
    yield "a word that is nowhere", Wanted(*whole, text="nowhere"), 0
    yield "a word in an hour of last month", Wanted(now - 30 * DAY, now - 30 * DAY + DAY // 24, text="mount"), 0
    yield "the hundredth page", Wanted(*whole), 9_900
    yield "the hundredth page of a word", Wanted(*whole, text="mount"), 9_900


def _timed(database: Database, times: int, query: Callable[[Connection], int]) -> tuple[list[float], int]:
    seconds, rows = [], 0
    for _ in range(times):
        began = time.perf_counter()
        rows = database.read_now(query)
        seconds.append(time.perf_counter() - began)
    return seconds, rows


def _like(connection: Connection, wanted: Wanted, offset: int) -> int:
    """The same without the index of words, as a first version would write it."""
    first, last = wanted.keys
    query = select(event).where(event.c.id.between(first, last))
    for column, names in ((event.c.level, wanted.levels), (event.c.category, wanted.categories)):
        query = query.where(column.in_(names)) if names else query
    for word in wanted.text.rstrip("*").split():
        query = query.where(event.c.message.like(f"%{word.rstrip('*')}%"))
    rows = connection.execute(query.order_by(event.c.id.desc()).limit(PAGE).offset(offset))
    return len([event_of(row) for row in rows])


def _index_alone(connection: Connection, wanted: Wanted, offset: int) -> int:
    """The same asked of the database's own index of words, newest first."""
    fits = condition(terms(wanted.text), connection.dialect.name)
    query = select(event).where(event.c.id.between(*wanted.keys), fits)
    for column, names in ((event.c.level, wanted.levels), (event.c.category, wanted.categories)):
        query = query.where(column.in_(names)) if names else query
    rows = connection.execute(query.order_by(event.c.id.desc()).limit(PAGE).offset(offset))
    return len([event_of(row) for row in rows])


def _fill(database: Database, number: int, now: int) -> float:
    began, made = time.perf_counter(), _made(number, now)
    while some := list(islice(made, AT_ONCE)):
        database.write_now(lambda c, some=some: events.add(c, ((one, False) for one in some)))  # type: ignore[misc]
    return number / (time.perf_counter() - began)


def _made(number: int, now: int) -> Iterator[Event]:
    """Events as a station has them, spread over the days."""
    dice, names = Random(7), list(KINDS)  # noqa: S311  made-up events
    for place in range(number):
        words = f"word{dice.randrange(_WORDS)} word{dice.randrange(_WORDS)}"
        mount = f"/live{dice.randrange(_HOSTS)}.mp3"
        level = dice.choice(_LEVELS)
        how = "routinely" if level == "info" else "oddly"
        yield Event(
            at=now - (number - place) * DAYS * DAY // number,
            level=level,  # type: ignore[arg-type]
            category=dice.choice(CATEGORIES),
            event=dice.choice(names),
            message=f"The mount {mount} {how} plays {words} for {dice.randrange(500)} listeners.",
            source="icecast/main",
            metadata={"server": "main", "mount": mount},
        )


async def _told(database: Database, now: int) -> float:
    """Events a second, told one by one while the log commits what has come."""

    async def ready() -> None: ...

    log, whole, kept = EventLog(database, ready, lambda: None), asyncio.Event(), 0

    def count(some: Sequence[Kept]) -> None:
        nonlocal kept
        kept += len(some)
        if kept >= WRITTEN:
            whole.set()

    log.watchers.add(count)
    some, working = list(_made(WRITTEN, now)), asyncio.create_task(log.run())
    began = time.perf_counter()
    for one in some:
        log.tell(one)
    async with asyncio.timeout(LONGEST):
        await whole.wait()
    seconds = time.perf_counter() - began
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return WRITTEN / seconds
