"""`requestlist`: what listeners asked for. Names and messages are never read."""

from collections.abc import Sequence

from exporter.sam.database.link import Link, Row
from exporter.sam.database.tables import Table, require
from exporter.sam.database.values import Values
from exporter.sam.reading import RequestRow

SELECT = "SELECT ID, songID, t_stamp, {host}, code, status FROM requestlist"
AFTER = " WHERE ID > %s ORDER BY ID LIMIT %s"
BY_ID = " WHERE ID IN ({places}) ORDER BY ID"
NEWEST = " ORDER BY ID DESC LIMIT 1"

REQUESTS = Table(
    "requestlist",
    needed=("ID", "songID", "t_stamp", "code", "status"),
    optional={"host": "who asks most is not known"},
)
TABLES = (REQUESTS,)

MOST_AT_ONCE = 500


def after(link: Link, values: Values, watermark: int, limit: int) -> list[RequestRow]:
    """At most `limit` requests above the watermark, in order of ID."""
    return [parse(row, values) for row in link.rows("requestlist", _select(link) + AFTER, watermark, limit)]


def by_id(link: Link, values: Values, request_ids: Sequence[int]) -> list[RequestRow]:
    """Those of at most 500 requests that are still there, in order of ID."""
    if len(request_ids) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} requests at once")
    statement = _select(link) + BY_ID.format(places=", ".join(["%s"] * len(request_ids)))
    return [parse(row, values) for row in link.rows("requestlist", statement, *request_ids)]


def newest(link: Link, values: Values) -> RequestRow | None:
    """The one with the highest ID."""
    rows = link.rows("requestlist", _select(link) + NEWEST)
    return parse(rows[0], values) if rows else None


def _select(link: Link) -> str:
    return SELECT.format(host="host" if "host" in require(link, REQUESTS) else "NULL")


def parse(row: Row, values: Values) -> RequestRow:
    """One row of `_select`."""
    request_id, song_id, asked, host, code, status = row
    return RequestRow(
        request_id=request_id,
        song_id=values.number(song_id),
        asked=values.time(asked),
        host=values.text(host, 255),
        code=values.number(code),
        status=values.text(status, 16).lower(),
    )
