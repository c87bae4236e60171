"""How a history is read in batches."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from exporter.backfill.sam import from_a_time_on
from exporter.sam.reading import RequestRow

GOOD, BEFORE, AHEAD = map(datetime.fromisoformat, ("2024-05-01T12:00", "1999-12-31T00:00", "2190-01-01T00:00"))


def request(number: int, asked: datetime | None) -> RequestRow:
    return RequestRow(number, 1, asked, "", 200, "played")


@pytest.mark.parametrize(
    ("times", "batches"),
    [
        ([[GOOD], [None], [GOOD]], [[0], [1], [2]]),
        ([[None], [BEFORE, AHEAD], [None, GOOD], [None]], [[0, 1, 2, 3, 4], [5]]),
        ([[None], [AHEAD]], [[0, 1]]),
        ([], []),
    ],
)
async def test_the_first_batch_reaches_to_a_good_time(times: list[list[datetime | None]], batches: list[list[int]]):
    numbers = iter(range(100))

    async def read() -> AsyncIterator[list[RequestRow]]:
        for some in times:
            yield [request(next(numbers), asked) for asked in some]

    found = [[row.request_id for row in rows] async for rows in from_a_time_on(read())]
    assert found == batches
