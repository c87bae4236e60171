"""The database of a playout, and one that is quick."""

from collections.abc import Iterator

import pytest

from demo.sam_tables import DATABASE
from tests.demo.playouts import ZONE, Tables


@pytest.fixture
def database(mariadb) -> Iterator[Tables]:
    yield Tables(mariadb.port)
    mariadb.run(f"DROP DATABASE IF EXISTS {DATABASE}")
    mariadb.run("DROP USER IF EXISTS exporter@'%'")


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr("demo.playout.SHORTEST", 0.05)
    monkeypatch.setattr("demo.playout.CUT_SHORT", (0.01, 0.02))
    monkeypatch.setattr("demo.callers.THINKS", (0.0, 0.01))
    monkeypatch.setenv("TZ", ZONE.key)
