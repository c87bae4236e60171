"""The same test on every kind of database: an empty one, with its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from exporter.store.database import Database, database_url
from exporter.store.migrations import migrate
from tests.mariadb import MariaDB


def url_of(kind: str, folder: Path, request) -> URL:
    """Of SQLite in the folder, or of a new database on MariaDB."""
    server: MariaDB | None = request.getfixturevalue("mariadb") if kind == "mariadb" else None
    return database_url(server.new() if server else None, folder)


@contextmanager
def store(url: URL) -> Iterator[Database]:
    """Opened for the length of the block."""
    database = Database(url)
    try:
        database.write_now(migrate)
        yield database
    finally:
        database.close_now()
