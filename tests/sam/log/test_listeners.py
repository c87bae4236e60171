"""Who listened at a song's start and end, where the exporter is started anew while it is on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from exporter.sam.clocks import to_unix
from exporter.store.database import Database
from tests.sam.log.logs import BERLIN, opened, rows_of
from tests.sam.rows import aired, clock
from tests.store.stores import KINDS, store, url_of

NOON = clock("2026-01-10 12:00:00")
MINUTE = timedelta(minutes=1)
SONG, NEXT, LAST = (aired(number, NOON + number * MINUTE, 60, listeners=number) for number in (1, 2, 3))
MOMENTS = [to_unix(NOON + number * MINUTE, BERLIN, None) for number in range(5)]


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


async def listeners(database: Database) -> list[tuple[int | None, int | None]]:
    return await rows_of(database, "SELECT listeners_before, listeners_after FROM play ORDER BY generation, history_id")


async def test_a_restart_in_mid_song_leaves_the_pair_to_the_rows(database: Database) -> None:
    log = await opened(database, {MOMENTS[1]: 50}.get)
    await log.append([SONG], mark=1)
    assert await listeners(database) == [(50, None)]
    log = await opened(database, {MOMENTS[2]: 44, MOMENTS[3]: 40}.get)
    await log.append([SONG, NEXT], mark=2)
    assert await listeners(database) == [(1, 2), (44, None)]
    await log.append([LAST], mark=3)
    assert await listeners(database) == [(1, 2), (44, 40), (40, None)]


async def test_where_the_row_is_not_read_again_the_two_are_not_mixed(database: Database) -> None:
    log = await opened(database, {MOMENTS[1]: 50}.get)
    await log.append([SONG], mark=1)
    log = await opened(database, {MOMENTS[2]: 44}.get)
    await log.append([NEXT], mark=2)
    assert await listeners(database) == [(None, 2), (44, None)]


async def test_without_a_restart_the_pair_is_that_of_the_mounts(database: Database) -> None:
    log = await opened(database, {MOMENTS[1]: 50, MOMENTS[2]: 44}.get)
    for mark, row in enumerate((SONG, NEXT, LAST), 1):
        await log.append([row], mark)
    assert await listeners(database) == [(50, 44), (2, 3), (3, None)]


async def test_a_row_that_was_written_at_the_end_keeps_its_own_over_a_restart(database: Database) -> None:
    log = await opened(database, {MOMENTS[0]: 50}.get, date_played_means="end")
    await log.append([SONG], mark=1)
    log = await opened(database, {MOMENTS[1]: 44}.get, date_played_means="end")
    await log.append([NEXT], mark=2)
    assert await listeners(database) == [(1, 2), (2, None)]


async def test_the_same_number_in_another_table_is_another_row(database: Database) -> None:
    log = await opened(database, {MOMENTS[1]: 50}.get)
    await log.append([SONG], mark=1)
    await log.disrupted("replaced", 0, 0)
    log = await opened(database)
    await log.append([aired(1, NOON + 2 * MINUTE, 60, listeners=7)], mark=2)
    assert await listeners(database) == [(None, 7), (7, None)]
