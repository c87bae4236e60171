"""The journal: what was acknowledged is in it before it is anywhere else.

Facts are many and small, and each changes a session, some counters and sums. Writing all of that for every fact would
cost ten times the fact itself. So a group of facts is committed as one row; the changes gather in memory and are
written every few seconds as one checkpoint, which says up to which row of the journal it goes. A start reads the tables
and applies the rows behind that point again. Whatever happens in between, each fact counts once.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from exporter.store.schema import journal, progress, session

ASKED_AT_ONCE = 500
"""Keys in one `IN (…)`."""


def append(connection: Connection, sequence: int, facts: bytes) -> None:
    """One row more."""
    connection.execute(journal.insert().values(sequence=sequence, facts=facts))


def behind(connection: Connection, sequence: int) -> list[tuple[int, bytes]]:
    """The rows behind this one, in order."""
    query = select(journal).where(journal.c.sequence > sequence).order_by(journal.c.sequence)
    return [(row.sequence, row.facts) for row in connection.execute(query)]


def position(connection: Connection) -> int:
    """The row of the journal up to which the tables go."""
    return connection.scalar(select(progress.c.sequence)) or 0


def sessions(connection: Connection, keys: Collection[bytes]) -> list[Row[Any]]:
    """The rows of these sessions, as far as they are there: few, so they are first asked for by their keys alone."""
    there = _there(connection, "SELECT session_key FROM session WHERE session_key IN ({keys})", keys)
    whole = select(session)
    return [
        row
        for part in _parts(there)
        for row in connection.execute(whole.where(session.c.session_key.in_(part)))
    ]  # fmt: skip


def known(connection: Connection, identities: Collection[bytes]) -> set[bytes]:
    """Those of the identities that have listened before."""
    query = "SELECT DISTINCT identity FROM session WHERE identity IN ({keys}) AND begun"
    return set(_there(connection, query, identities))


def _there(connection: Connection, query: str, keys: Collection[bytes]) -> list[bytes]:
    """Those of the keys that are there. In plain SQL: making an expression of 500 of them costs more than finding."""
    place = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    return [
        bytes(key)
        for part in _parts(keys)
        for (key,) in connection.exec_driver_sql(query.format(keys=",".join([place] * len(part))), tuple(part))
    ]


def _parts(keys: Collection[bytes]) -> Iterable[list[bytes]]:
    rest = list(keys)
    return (rest[start : start + ASKED_AT_ONCE] for start in range(0, len(rest), ASKED_AT_ONCE))
