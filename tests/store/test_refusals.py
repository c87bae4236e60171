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


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "mariadb": "SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b, seq_1_to_100000 c",
    "postgresql": "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_that_takes_too_long_is_ended_and_not_only_left(
    kind: str, tmp_path: Path, request, monkeypatch
) -> None:
    monkeypatch.setattr("exporter.store.database.READ_WITHIN", 1)
    with store(url_of(kind, tmp_path, request)) as database:
        with pytest.raises(StoreFailed, match=r"the query took longer|did not answer in time"):
            database.read_now(lambda c: c.exec_driver_sql(ENDLESS[kind]).all())
        if kind == "mariadb":
            server = request.getfixturevalue("mariadb")
            assert not server.run(
                "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%seq_1_to_100000 b%' AND id <> CONNECTION_ID()"
            )


def test_a_full_one_is_not_well(tmp_path: Path, request) -> None:
    with store(url_of("sqlite", tmp_path, request)) as database:
        database.write_now(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1").all())
        rows = [ROW | {"name": f"{number:0900}"} for number in range(1000)]
        with pytest.raises(StoreFailed, match="the disk is full") as told:
            database.write_now(lambda c: c.execute(insert(total), rows))
        assert not isinstance(told.value, RowsRefused)
