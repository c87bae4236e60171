"""Since when the exporter has watched a server itself. History out of its log ends there: nobody may count twice.

The first session that was watched says it, as long as it is kept. Before it is cleaned away, what it says is put down
in the table `total`.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from exporter.store.schema import session, total

HISTORY = "access_log"
"""The sender of sessions that come from a log."""

_NAME = "watched_since"


def since(connection: Connection, server: str) -> int | None:
    """When the first session that was watched was last seen: nothing that ended before was watched. None: nothing was.

    Not when it started: whoever came hours before the exporter, and was still there, was watched to the end. Those who
    had left by then were not.
    """
    kept = connection.scalar(select(total.c.value).where(total.c.name == _NAME, total.c.labels == server))
    of_server = select(func.min(session.c.seen)).where(session.c.server == server, session.c.sender != HISTORY)
    found = [at for at in (kept, connection.scalar(of_server)) if at is not None]
    return min(found, default=None)


def put_down(connection: Connection, keys: Collection[Any]) -> None:
    """These sessions are about to go: keep since when their servers were watched, where that is not kept yet."""
    column = session.c
    first = select(column.server, func.min(column.seen)).where(column.session_key.in_(keys), column.sender != HISTORY)
    found = {row[0]: row[1] for row in connection.execute(first.group_by(column.server))}
    kept = select(total.c.labels).where(total.c.name == _NAME, total.c.labels.in_(found))
    for server in found.keys() - set(connection.scalars(kept)):
        connection.execute(total.insert().values(name=_NAME, labels=server, value=found[server]))
