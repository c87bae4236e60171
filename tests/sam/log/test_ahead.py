"""A playout whose clock was years ahead for a moment: the play counts, and is not the last one until then."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exporter.sam.clocks import to_unix
from exporter.sam.log.totals import Sum
from exporter.store.database import Database
from tests.sam.log.logs import BERLIN, opened
from tests.sam.rows import aired
from tests.store.stores import KINDS, store, url_of


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


def soon(**ahead: float) -> datetime:
    """On the playout's clock, from now."""
    return datetime.now(BERLIN).replace(microsecond=0, tzinfo=None) + timedelta(**ahead)


@pytest.mark.parametrize("one_by_one", [False, True])
async def test_a_start_far_ahead_is_not_the_last_play(database: Database, one_by_one: bool) -> None:
    earlier, later = soon(minutes=-20), soon(minutes=-5)
    rows = [
        aired(1, earlier, 200, "I"),
        aired(2, soon(days=3650), 200, "I"),
        aired(3, later, 200, "I"),
        aired(4, soon(days=3650), 200, "J"),
    ]
    log = await opened(database)
    for mark, part in enumerate([[row] for row in rows] if one_by_one else [rows]):
        await log.append(part, mark)
    assert (log.totals["I"].plays, log.totals["I"].last_play) == (3, to_unix(later, BERLIN, None))
    assert log.totals["J"] == Sum(1)
    assert (await opened(database)).totals == log.totals


async def test_a_clock_that_is_a_little_ahead_is_believed(database: Database) -> None:
    began = soon(seconds=40)
    log = await opened(database)
    await log.append([aired(1, began, 200, "I"), aired(2, soon(seconds=90), 200, "J")], mark=1)
    assert log.totals["I"].last_play == to_unix(began, BERLIN, None)
    assert log.totals["J"].last_play is None
    assert (await opened(database)).totals == log.totals
