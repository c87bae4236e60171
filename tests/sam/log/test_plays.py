"""The play log, beside plain SQL over its rows, through failures, restarts and exchanged tables."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from sqlalchemy import URL, Connection, text

from exporter.errors import StoreFailed
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.log.timeline import Rules, State, Timeline
from exporter.sam.log.totals import Sum
from exporter.sam.reading import SONGTYPES, HistoryRow
from exporter.store.database import Database
from tests.sam.rows import CONFIG, Forgetful, aired, clock, programme, song
from tests.store.stores import KINDS, store, url_of

BERLIN = ZoneInfo("Europe/Berlin")
START = clock("2026-10-24 22:00")


def live(at: int) -> int | None:
    """Who listens: known every other second."""
    return at // 1000 % 90 if at // 1000 % 2 else None


# Written for SQLite and MariaDB alike, and in another way than the log's own arithmetic: from the rows' starts alone.
SUMS = """
    WITH chain AS (
        SELECT history_id, generation, nominal,
               LEAD(started) OVER (ORDER BY generation, history_id) - started AS gap
        FROM play WHERE started IS NOT NULL AND NOT (aired IS NOT NULL AND skipped IS NULL)
    ), lasted AS (
        SELECT history_id, generation, nominal,
               CASE WHEN gap < 0 THEN NULL WHEN nominal = 0 AND gap > 3600000 THEN 3600000
                    WHEN nominal > 0 AND gap > nominal THEN nominal ELSE gap END AS aired
        FROM chain
        UNION ALL SELECT history_id, generation, nominal, nominal
        FROM play WHERE started IS NOT NULL AND aired IS NOT NULL AND skipped IS NULL
    )
    SELECT p.songtype, COUNT(*), COALESCE(SUM(l.aired), 0),
           COALESCE(SUM(CASE WHEN l.aired IS NOT NULL THEN l.nominal END), 0),
           COALESCE(SUM(CASE WHEN p.skipped IS NOT NULL AND l.aired < 30000 AND l.aired * 2 < l.nominal THEN 1 END), 0),
           MAX(p.started)
    FROM play p LEFT JOIN lasted l ON l.history_id = p.history_id AND l.generation = p.generation
    GROUP BY p.songtype
"""


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    with store(URL.create("sqlite", database=str(tmp_path / "small.db"))) as found:
        yield found


async def opened(database: Database, requests: RequestLog | None = None, **config: Any) -> PlayLog:
    log = PlayLog(database, structs.replace(CONFIG, **config), BERLIN, live, requests)
    await log.open()
    return log


async def rows_of(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda connection: [tuple(row) for row in connection.execute(text(sql))])


async def by_sql(database: Database) -> dict[str, Sum]:
    found = {row[0]: Sum(*map(int, row[1:5]), row[5]) for row in await rows_of(database, SUMS)}
    return dict.fromkeys(SONGTYPES, Sum()) | found


async def every_play(database: Database) -> list[tuple[Any, ...]]:
    return await rows_of(database, "SELECT * FROM play ORDER BY generation, history_id")


def batches(
    rows: Sequence[HistoryRow], dice: random.Random, sizes: Sequence[int] = (1, 1, 2, 7, 60, 400)
) -> Iterator[Sequence[HistoryRow]]:
    start = 0
    while start < len(rows):
        size = dice.choice(sizes)
        yield rows[start : start + size]
        start += size


async def test_the_totals_are_those_of_plain_sql_and_of_a_restart(database: Database) -> None:
    dice = random.Random(4)
    rows = list(programme(dice, 1500, START))
    log = await opened(database)
    for number, batch in enumerate(batches(rows, dice)):
        assert await log.append(batch, mark=number) == len(batch)
    assert log.totals == await by_sql(database)
    assert log.totals["S"].skips > 0
    again = await opened(database)
    assert (again.totals, again.disruptions) == (log.totals, log.disruptions)
    assert (again.history_id, again.history_mark, again.generation) == (1500, number, 1)
    assert log.disruptions["clock_back"] > 0


@pytest.mark.parametrize("means", ["start", "end"])
async def test_a_restart_after_every_batch_changes_nothing(database: Database, means: str) -> None:
    dice = random.Random(5)
    rows = list(programme(dice, 250, START))
    for batch in batches(rows, dice, (1, 1, 2, 3, 20)):
        log = await opened(database, date_played_means=means)
        await log.append(rows[: batch[-1].history_id], mark=1)  # the row of the tail is read again
    whole = Timeline(Rules(BERLIN, log._rules.means, 30_000, live), State())
    whole.follow(rows)
    expected = [
        (play.row.history_id, play.started, play.aired, play.skipped, play.before, play.after) for play in whole.plays
    ]
    stored = await rows_of(
        database,
        "SELECT history_id, started, aired, skipped, listeners_before, listeners_after FROM play ORDER BY history_id",
    )
    assert stored == expected
    assert log.disruptions["clock_back"] == sum(play.clock_back for play in whole.plays)
    for songtype, found in log.totals.items():
        known = [play for play in whole.plays if play.row.songtype == songtype and play.aired is not None]
        assert found.aired == sum(play.aired or 0 for play in known)
        assert found.nominal == sum(play.row.duration for play in known)
        assert found.skips == sum(bool(play.skipped) for play in known)


async def test_rows_that_are_there_are_not_added_again(database: Database) -> None:
    rows = list(programme(random.Random(6), 60, START))
    log = await opened(database)
    assert await log.append(rows[:40], mark=40) == 40
    assert await log.append(rows[20:], mark=60) == 20
    assert await log.append(rows, mark=0) == 0
    assert log.history_mark == 60
    assert log.totals == await by_sql(database)
    assert sum(of.plays for of in log.totals.values()) == 60


async def test_a_song_is_kept_as_it_was_played(database: Database) -> None:
    old, new = song(1, title="Jäzz 🎷"), song(1, title="Jazz")
    log = await opened(database)
    await log.append([aired(number, START, 200, of=of) for number, of in enumerate([old, new, old, new], 1)], mark=4)
    found = await rows_of(
        database, "SELECT title, COUNT(*) FROM song JOIN play USING (song_key) GROUP BY title ORDER BY title"
    )
    assert found == [("Jazz", 2), ("Jäzz 🎷", 2)]


class Refusing(RequestLog):
    """Breaks the transaction in its middle, as often as it is told."""

    times = 0

    def fulfil(self, connection: Connection, plays: Sequence[tuple[int, int]]) -> list[int]:
        assert connection.execute(text("SELECT COUNT(*) FROM play")).scalar()  # rows are written, not committed
        if self.times:
            self.times -= 1
            raise RuntimeError("in the middle")
        return super().fulfil(connection, plays)


async def test_a_transaction_that_breaks_in_its_middle_leaves_everything_as_it_was(database: Database) -> None:
    rows = list(programme(random.Random(7), 90, START))
    requests = Refusing(database, CONFIG, BERLIN, lambda host: None)
    log = await opened(database, requests)
    await log.append(rows[:50], mark=50)
    before = (log.totals, log.disruptions, log.history_id, await every_play(database))
    requests.times = 1
    with pytest.raises(RuntimeError):
        await log.append(rows[50:], mark=90)
    assert (log.totals, log.disruptions, log.history_id, await every_play(database)) == before
    assert await log.append(rows[50:], mark=90) == 40
    assert log.totals == await by_sql(database)


async def test_a_commit_whose_answer_got_lost_is_not_counted_twice(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "radio.db"))
    with store(url):
        forgetful = Forgetful(url)
        rows = list(programme(random.Random(8), 90, START))
        log = await opened(forgetful)
        await log.append(rows[:50], mark=50)
        forgetful.lost = True
        with pytest.raises(StoreFailed):
            await log.append(rows[50:], mark=90)
        assert await log.append(rows[50:], mark=90) == 0
        assert log.history_id == 90
        assert log.totals == await by_sql(forgetful)
        forgetful.lost = True
        with pytest.raises(StoreFailed):
            await log.disrupted("reset", 0, 0)
        await log.append([aired(1, START + timedelta(days=9), 200)], mark=1)
        assert (log.generation, log.disruptions["reset"]) == (2, 1)
        await forgetful.close()


def renumbered(rows: Sequence[HistoryRow], first: int = 1) -> list[HistoryRow]:
    return [structs.replace(row, history_id=number) for number, row in enumerate(rows, first)]


async def test_an_emptied_table_goes_on_where_the_log_ends(database: Database) -> None:
    log = await opened(database)
    await log.append([aired(900, "2026-01-10 12:00:00", 200), aired(901, "2026-01-10 12:03:20", 200)], mark=1)
    await log.disrupted("reset", 0, 0)
    await log.append([aired(1, "2026-01-10 12:05:00", 200, "J")], mark=2)
    assert log.totals["S"] == Sum(2, 300_000, 400_000, 0, log.totals["S"].last_play)
    assert log.totals["J"].plays == 1
    assert dict(log.disruptions) == {"reset": 1, "replaced": 0, "clock_back": 0}
    again = await opened(database)
    assert (again.totals, again.disruptions, again.generation) == (log.totals, log.disruptions, 2)
    assert (again.history_id, again.history_mark) == (1, 2)
    await again.append([aired(2, "2026-01-10 12:06:00", 200, "J")], mark=3)
    assert again.totals["J"] == Sum(2, 60_000, 200_000, 0, again.totals["J"].last_play)
    assert again.totals["S"] == log.totals["S"]


async def test_an_older_table_is_no_clock_set_back_even_after_a_restart(small: Database) -> None:
    log = await opened(small)
    await log.append([aired(900, "2026-01-10 12:00:00", 200)], mark=1)
    await log.disrupted("replaced", 0, 0)
    log = await opened(small)
    await log.append([aired(1, "2025-01-10 12:00:00", 200), aired(2, "2025-01-10 12:03:20", 200)], mark=2)
    assert log.totals["S"].plays == 3
    assert dict(log.disruptions) == {"reset": 0, "replaced": 1, "clock_back": 0}


@pytest.mark.parametrize("means", ["start", "end"])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_table_that_is_read_anew_counts_only_what_is_new(small: Database, means: str, restarts: bool) -> None:
    dice = random.Random(9)
    rows = [row for row in programme(dice, 400, START) if row.played is not None]
    log = await opened(small, date_played_means=means)
    await log.append(rows[:300], mark=1)
    before = await rows_of(small, "SELECT started, songtype, song_key, aired FROM play ORDER BY history_id")
    await log.disrupted("replaced", 0, 0)
    new = 0
    for batch in batches(renumbered(rows[50:]), dice):
        if restarts:
            log = await opened(small, date_played_means=means)
        new += await log.append(batch, mark=2)
    assert new == len(rows) - 300
    after = await rows_of(small, "SELECT started, songtype, song_key, aired FROM play ORDER BY generation, history_id")
    assert after[:299] == before[:299]
    assert after[299][:3] == before[299][:3]
    assert sum(of.plays for of in log.totals.values()) == len(rows) == len(after)
    assert (await opened(small, date_played_means=means)).totals == log.totals
    if means == "start":
        assert log.totals == await by_sql(small)


async def test_a_table_from_a_backup_that_lost_its_newest_rows(small: Database) -> None:
    rows = [row for row in programme(random.Random(10), 200, START) if row.played is not None]
    log = await opened(small)
    await log.append(rows, mark=1)
    totals = log.totals
    clock_back = log.disruptions["clock_back"]
    await log.disrupted("replaced", 0, 0)
    assert await log.append(rows[:150], mark=2) == 0
    assert (log.totals, log.disruptions["clock_back"]) == (totals, clock_back)
    last = rows[-1]
    assert last.played is not None
    assert await log.append([aired(9000, last.played + timedelta(seconds=50), 200, "V")], mark=3) == 1
    assert log.totals["V"].plays == 1
    assert sum(of.plays for of in log.totals.values()) == len(rows) + 1


async def test_zero_dates_are_known_again_by_their_number(small: Database) -> None:
    log = await opened(small)
    rows = [aired(number, "0000-00-00 00:00:00", 200) for number in (1, 2, 3)]
    await log.append(rows, mark=1)
    await log.disrupted("replaced", 0, 0)
    assert await log.append([*rows, aired(4, "0000-00-00 00:00:00", 200)], mark=2) == 1
    assert log.totals["S"] == Sum(4)


async def test_two_studios_share_a_store(small: Database) -> None:
    one, other = await opened(small), await opened(small, name="studio-b")
    await one.append([aired(1, START, 200)], mark=1)
    await other.append([aired(1, START, 200), aired(2, START, 200)], mark=1)
    for log, plays, name in ((one, 1, "studio"), (other, 2, "studio-b")):
        assert log.totals["S"].plays == plays
        assert (await opened(small, name=name)).totals == log.totals
        songs = await rows_of(small, f"SELECT title FROM song WHERE server = '{name}' ORDER BY title")
        assert songs == [("Title 1",), ("Title 2",)][:plays]


async def test_nothing_is_read_of_a_studio_that_was_never_seen(database: Database) -> None:
    log = await opened(database)
    assert (log.history_id, log.history_mark, log.generation) == (0, 0, 1)
    assert dict(log.totals) == dict.fromkeys(SONGTYPES, Sum())
    assert await log.append([], mark=3) == 0
