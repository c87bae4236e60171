"""Which lines of logs are in the sums already: eight bytes of each, for sessions themselves are not kept for ever.

By server and the hour in which they ended. The bytes are a hash under the exporter's own key (with daily keys without
the listener), so nobody can be found by them.
"""

from array import array
from collections.abc import Collection, Iterable

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, select

from exporter.audience.facts import QUARTER
from exporter.store.schema import Blob, session
from exporter.store.upserts import Upsert

HOUR = 4 * QUARTER

table = Table(
    "history",
    MetaData(),
    Column("server", session.c.server.type, primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("marks", Blob, nullable=False),
)


class Taken:
    """The marks of one server."""

    def __init__(self, connection: Connection, server: str) -> None:
        table.create(connection, checkfirst=True)
        self._server = server
        self._upsert = Upsert(connection.dialect, table)

    def read(self, connection: Connection, hours: Iterable[int]) -> dict[int, set[int]]:
        """The marks of these hours, locked where the database can lock rows."""
        query = select(table.c.hour, table.c.marks).where(table.c.server == self._server, table.c.hour.in_(set(hours)))
        return {hour: set(_unpacked(marks)) for hour, marks in connection.execute(query.with_for_update())}

    def write(self, connection: Connection, marks: dict[int, Collection[int]]) -> None:
        """All marks of these hours."""
        self._upsert.run(connection, [(self._server, hour, _packed(some)) for hour, some in marks.items()])


def _packed(marks: Collection[int]) -> bytes:
    return array("Q", sorted(marks)).tobytes()


def _unpacked(stored: bytes) -> "array[int]":
    marks = array("Q")
    marks.frombytes(stored)
    return marks
