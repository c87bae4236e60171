"""The same test on every kind of database: an empty one, with its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from exporter.store.database import Database, database_url
from exporter.store.migrations import migrate

KINDS = ["sqlite", *(pytest.param(name, marks=pytest.mark.integration) for name in ("mariadb", "postgresql"))]
"""Whatever a store may be on."""


def given(kind: str, request) -> str | None:
    """What `store.url` says for one of a kind: a new database on a server, or nothing for SQLite."""
    return None if kind == "sqlite" else request.getfixturevalue(kind).new()


def url_of(kind: str, folder: Path, request) -> URL:
    """Of SQLite in the folder, or of a new database on a server."""
    return database_url(given(kind, request), folder)


@contextmanager
def store(url: URL) -> Iterator[Database]:
    """Opened for the length of the block."""
    database = Database(url)
    try:
        database.write_now(migrate)
        yield database
    finally:
        database.close_now()
