"""Writes reported plays, and counts them in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, Dialect

from exporter.store.schema import listen, total
from exporter.store.upserts import Upsert, add

COUNTER = "listens"
"""The name of their counter in the table `total`; its label is the source."""

_COLUMNS = tuple(column.name for column in listen.columns if column.name != "id")


class Play(Protocol):
    """A play: an attribute for each column of the table `listen`."""

    @property
    def source(self) -> str:
        """What was played."""
        ...


class Plays:
    """Writes plays; the statement is prepared once."""

    def __init__(self, dialect: Dialect) -> None:
        self._totals = Upsert(dialect, total, add)

    def store(self, connection: Connection, plays: Sequence[Play]) -> None:
        """A row for each, and the counters."""
        if not plays:
            return
        connection.execute(listen.insert(), [{name: getattr(play, name) for name in _COLUMNS} for play in plays])
        counts = Counter(play.source for play in plays)
        self._totals.run(connection, [(COUNTER, source, number) for source, number in sorted(counts.items())])
