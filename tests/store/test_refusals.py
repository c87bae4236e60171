"""What a database that is well does not take is told apart from one that is not well."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from exporter.errors import RowsRefused, StoreFailed
from exporter.store.schema import total
from tests.store.stores import KINDS, store, url_of

ROW = {"name": "a", "labels": "b", "value": 1}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "rows", [[ROW | {"labels": "\ud800"}], [ROW | {"value": 2**70}], [ROW | {"value": None}], [ROW, ROW]]
)
def test_rows_that_it_does_not_take(kind: str, rows: list[dict], tmp_path: Path, request) -> None:
    with store(url_of(kind, tmp_path, request)) as database:
        with pytest.raises(RowsRefused):
            database.write_now(lambda c: c.execute(insert(total), rows))
        database.write_now(lambda c: c.execute(insert(total), [ROW]))


def test_a_full_one_is_not_well(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").all())
        rows = [ROW | {"name": f"{number:0900}"} for number in range(1000)]
        with pytest.raises(StoreFailed, match="the disk is full") as told:
            database.write_now(lambda c: c.execute(insert(total), rows))
        assert not isinstance(told.value, RowsRefused)
