"""Brings a database to the tables of today, one numbered step after the other, at every start.

A step is never changed once it was released: what it needs stands in it, not in schema.py. (Until the first release
they are changed freely.) A step that fails leaves the number where it was, and is tried again at the next start.
"""

from collections.abc import Callable

from sqlalchemy import Column, Connection, Integer, MetaData, Table, inspect, select

from exporter.errors import StoreFailed
from exporter.store import event_index, schema

_number = Table("schema_version", MetaData(), Column("version", Integer, primary_key=True, autoincrement=False))


def _first_tables(connection: Connection) -> None:
    later = {schema.event.name}
    schema.metadata.create_all(
        connection, [table for table in schema.metadata.sorted_tables if table.name not in later]
    )


def _music(connection: Connection) -> None:
    schema.metadata.create_all(connection, [schema.studio, schema.song, schema.play, schema.request])


def _events(connection: Connection) -> None:
    schema.metadata.create_all(connection, [schema.event])
    event_index.create_index(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first_tables, _music, _events)


def migrate(connection: Connection) -> None:
    """Take the steps that are missing; StoreFailed if the database is of a newer exporter than this."""
    _number.create(connection, checkfirst=True)
    version = connection.scalar(select(_number.c.version)) or 0
    if version > len(STEPS):
        raise StoreFailed(
            f"the database was made by a newer exporter (step {version} of {len(STEPS)}): upgrade this one"
        )
    for number, step in enumerate(STEPS[version:], start=version + 1):
        step(connection)
        connection.execute(_number.delete())
        connection.execute(_number.insert().values(version=number))


def is_current(connection: Connection) -> bool:
    """Whether there is anything to read at all."""
    return inspect(connection).has_table(schema.session.name)
