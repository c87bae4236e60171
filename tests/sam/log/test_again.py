"""A history that is read anew after somebody edited the library: nothing counts twice."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from exporter.sam.log.again import merged
from exporter.sam.log.timeline import Play
from exporter.sam.reading import HistoryRow, Song
from exporter.store.database import Database
from exporter.store.schema import play as table
from tests.sam.log.logs import opened, rows_of
from tests.sam.rows import aired, clock, programme, song
from tests.store.stores import KINDS, store, url_of

START = clock("2025-10-25 22:00")

EDITS: dict[str, Callable[[Song], Song]] = {
    "another genre": lambda of: structs.replace(of, genre=f"New {of.genre}"),
    "songlist cannot be read": lambda of: structs.replace(of, genre=""),
    "album, label and ISRC": lambda of: structs.replace(of, album="Best of", label="Reissue", isrc="DEA120600001"),
    "another title": lambda of: structs.replace(of, title=f"{of.title} (live)") if of.song_id else of,
}


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


def history() -> list[HistoryRow]:
    """Also songs of no library, which have nothing but their names; and zero dates."""
    rows = list(programme(random.Random(11), 300, START))
    return [structs.replace(row, song=structs.replace(row.song, song_id=row.song.song_id % 20)) for row in rows]


def edited(rows: Sequence[HistoryRow], edit: Callable[[Song], Song]) -> list[HistoryRow]:
    return [structs.replace(row, song=edit(row.song)) for row in rows]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("means", ["start", "end"])
@pytest.mark.parametrize("batch", [1, 70, 300])
async def test_nothing_counts_twice_after_the_library_was_edited(
    database: Database, means: str, edit: Callable[[Song], Song], batch: int
) -> None:
    rows = history()
    assert {row.song.song_id == 0 for row in rows} == {row.played is None for row in rows} == {True, False}
    log = await opened(database, date_played_means=means)
    await log.append(rows, mark=1)
    before = (log.totals, log.disruptions["clock_back"])
    kept = "SELECT history_id, started, aired, skipped, listeners_before, listeners_after FROM play ORDER BY history_id"
    plays = await rows_of(database, kept)
    await log.disrupted("reset", 0, 0)
    again = edited(rows, edit)
    for start in range(0, len(again), batch):
        assert await log.append(again[start : start + batch], mark=2) == 0
    assert (log.totals, log.disruptions["clock_back"]) == before
    assert await rows_of(database, kept) == plays
    assert (await opened(database, date_played_means=means)).totals == log.totals
    shown = await rows_of(
        database,
        "SELECT song_id, title, album, genre FROM play LEFT JOIN song ON song.song_key = play.song_key ORDER BY history_id",
    )
    assert shown == [(row.song.song_id, row.song.title, row.song.album, row.song.genre) for row in again]


async def test_another_song_at_the_same_time_is_another_play(database: Database) -> None:
    nameless = Song(0, "Ada Ferrow", "Dust")
    log = await opened(database)
    await log.append([aired(1, START, 200), aired(2, START, 0, of=nameless)], mark=1)
    await log.disrupted("replaced", 0, 0)
    others = [song(9), structs.replace(nameless, title="Ash"), structs.replace(nameless, artist="Marta Quill")]
    assert await log.append([aired(number, START, 200, of=of) for number, of in enumerate(others, 1)], mark=2) == 3
    assert log.totals["S"].plays == 5
    assert (await opened(database)).totals == log.totals


async def test_a_type_and_a_length_that_changed_stay_as_they_were_counted(database: Database) -> None:
    """Where the history has no types they are the library's: a song must not become something else in the sums."""
    rows = [aired(1, START, 200), aired(2, START.replace(minute=3), 200), aired(3, START.replace(minute=6), 200)]
    log = await opened(database)
    await log.append(rows, mark=1)
    totals = log.totals
    await log.disrupted("reset", 0, 0)
    assert await log.append([structs.replace(row, songtype="?", duration=100_000) for row in rows], mark=2) == 0
    assert log.totals == (await opened(database)).totals == totals


@pytest.mark.parametrize(
    ("kept", "read", "expected"),
    [
        ((50, 44), (1, 2), (50, 44)),
        ((50, None), (1, 2), (1, 2)),
        ((None, 44), (1, 2), (1, 2)),
        ((50, None), (1, None), (50, None)),
        ((50, None), (None, 2), (50, None)),
        ((None, None), (1, None), (1, None)),
    ],
)
def test_listeners_of_a_play_that_is_known_are_one_pair_or_the_other(kept, read, expected) -> None:
    row = dict.fromkeys(table.columns.keys()) | {
        "started": 1000, "aired": 200_000, "skipped": False, "nominal": 200_000, "songtype": "S",
        "listeners_before": kept[0], "listeners_after": kept[1],
    }  # fmt: skip
    found = merged(Play(aired(1, START, 200), 1000, 1000, 200_000, False, *read), type("Row", (), row))
    assert (found.before, found.after) == expected
