"""Removes what is kept of somebody (right to erasure): sessions, reported plays, and who it was that asked for songs.

First it is put down who is to be forgotten, as hashes: a running exporter reads that with its next checkpoint, drops
them from memory and writes nothing of them any more. Sums and sketches stay, for they name nobody, and so do requests
for songs, without their requester. The audit says that somebody was forgotten, not who.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select, union

from exporter.clock import milliseconds
from exporter.config.schema import Config
from exporter.privacy import settle
from exporter.privacy.whose import Whose
from exporter.store import watched
from exporter.store.claim import Claim
from exporter.store.database import Database
from exporter.store.retention import clear
from exporter.store.schema import audit, erasure, listen, request, session

TABLES = (session, listen)
"""Whose rows are somebody's."""

AT_ONCE = 500
"""Rows of one transaction: a running exporter commits in between."""


def forget(database: Database, claim: Claim, config: Config, whose: Whose) -> Mapping[str, int]:
    """The rows that were removed, by table; of `request` those that name nobody any more.

    StoreFailed if it could not be finished, and must be asked for again.
    """
    with settle.alone(claim) as alone:
        _wipe_deleted(database)
        settle.settle(database, config, claim, alone=alone)
        told = database.write_now(lambda connection: _put_down(connection, whose))
        known = _addresses(database, whose)
        removed = _remove(database, whose, known)
        if not alone:
            settle.wait(database, told)
            removed.update(_remove(database, whose, known | _addresses(database, whose)))
        database.write_now(lambda connection: note(connection, "forget", sum(removed.values()), whose))
        if database.file is not None:
            _empty_write_ahead_log(database.file)
    return removed


def note(connection: Connection, action: str, rows: int, whose: Whose) -> None:
    """A line of the audit: what was done when, to how many rows, never to whom."""
    connection.execute(audit.insert().values(at=milliseconds(), action=action, row_count=rows, detail=f"by {whose.by}"))


def _put_down(connection: Connection, whose: Whose) -> int:
    """Who is to be forgotten. Returns the last row of the journal: what came before must not come back."""
    # The number is a time: numbers of rows that were cleaned away must not be given again, for the exporter knows up
    # to which it has read.
    number = max(milliseconds(), (connection.scalar(select(func.max(erasure.c.id))) or 0) + 1)
    for place, one in enumerate(whose.hashes):
        connection.execute(erasure.insert().values({"id": number + place, "at": milliseconds(), whose.by: one}))
    return settle.last(connection)


def addresses(connection: Connection, whose: Whose) -> set[bytes]:
    """Hashes of the addresses somebody listened from: by one of these it is known who asked for a song."""
    if whose.by == "address":
        return set(whose.hashes)
    rows = union(*(select(table.c.address).where(whose.rows_of(table)) for table in TABLES))
    return {bytes(address) for address in connection.scalars(rows)}


def _addresses(database: Database, whose: Whose) -> set[bytes]:
    return database.read_now(lambda connection: addresses(connection, whose))


def _remove(database: Database, whose: Whose, known: set[bytes]) -> Counter[str]:
    """`known` = their addresses. Requests come first: of an identity only what is removed then says its addresses."""
    requests = _clear_requests(database, known)
    return Counter({table.name: _remove_of(database, table, whose) for table in TABLES} | {request.name: requests})


def _clear_requests(database: Database, known: set[bytes]) -> int:
    query = select(*request.primary_key).where(request.c.requester.in_(known))
    keys = database.read_now(lambda connection: [tuple(row) for row in connection.execute(query)])
    for start in range(0, len(keys), AT_ONCE):
        database.write_now(partial(clear, request.c.requester, keys[start : start + AT_ONCE]))
    return len(keys)


def _remove_of(database: Database, table: Table, whose: Whose) -> int:
    (key,) = table.primary_key
    keys = database.read_now(lambda connection: connection.scalars(select(key).where(whose.rows_of(table))).all())
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        database.write_now(lambda connection, part=part: _delete(connection, table, part))  # type: ignore[misc]
    return len(keys)


def _delete(connection: Connection, table: Table, keys: Any) -> None:
    (key,) = table.primary_key
    if table is session:
        watched.put_down(connection, keys)
    connection.execute(table.delete().where(key.in_(keys)))


def _wipe_deleted(database: Database) -> None:
    """Have SQLite overwrite what is deleted, rather than only call its room free."""
    if database.file is not None:
        database.write_now(lambda connection: connection.exec_driver_sql("PRAGMA secure_delete = ON").close())


def _empty_write_ahead_log(file: Path) -> None:
    """Pages as they were before stand in SQLite's log still. While somebody reads, it is emptied a little later."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
