"""Everything that is kept of somebody (right of access), as JSON or CSV.

Hashes of addresses are not shown: an identity is enough to ask again, and says less.
"""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Table, func, select

from exporter.config.schema import Config
from exporter.privacy import settle
from exporter.privacy.forget import TABLES, addresses, note
from exporter.privacy.whose import Whose
from exporter.store.claim import Claim
from exporter.store.database import Database
from exporter.store.music import in_parts
from exporter.store.schema import play, request, song

Format = Literal["json", "csv"]

_HIDDEN = ("session_key", "id", "address", "events", "begun", "final", "connection")
_TIMES = ("started", "seen", "ended", "at", "asked")

_NAMELESS: dict[str, str | None] = {"artist": None, "title": None}

Found = dict[str, list[dict[str, Any]]]
"""Rows by table."""


def export(database: Database, claim: Claim, config: Config, whose: Whose) -> Found:
    """What is kept; the audit says that somebody asked, not who."""
    with settle.alone(claim) as alone:
        settle.settle(database, config, claim, alone=alone)
    found = database.read_now(lambda connection: _found(connection, whose))
    number = sum(map(len, found.values()))
    database.write_now(lambda connection: note(connection, "export", number, whose))
    return found


def written(found: Found, form: Format) -> str:
    """As it is handed out: a JSON object with a list for each table, or a CSV with the table in its first column."""
    if form == "json":
        return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    rows = [{"table": name} | row for name, of_table in found.items() for row in of_table]
    names = list(dict.fromkeys(("table", *(name for row in rows for name in row))))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)  # RFC 4180
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _found(connection: Connection, whose: Whose) -> Found:
    return {table.name: _rows(connection, table, whose) for table in TABLES} | {
        request.name: _requests(connection, addresses(connection, whose))
    }


def _requests(connection: Connection, known: set[bytes]) -> list[dict[str, Any]]:
    """What was asked for from these addresses; named, where it was ever played."""
    row = request.c
    query = select(row.server, row.asked, row.song_id, row.outcome).order_by(row.asked)
    rows = connection.execute(query.where(row.requester.in_(known))).mappings().all()
    names = _names(connection, {one["song_id"] for one in rows})
    return [_plain(one) | names.get((one["server"], one["song_id"]), _NAMELESS) for one in rows]


def _names(connection: Connection, song_ids: set[int]) -> dict[tuple[str, int], dict[str, str | None]]:
    """Artist and title of songs of a library, as they were called when they were played last."""
    what = (song.c.server, song.c.song_id, song.c.artist, song.c.title)
    query = select(*what, func.max(play.c.started)).join(play, play.c.song_key == song.c.song_key).group_by(*what)
    rows = sorted(in_parts(connection, query, song.c.song_id, song_ids - {0}), key=lambda row: row[-1] or 0)
    return {(row.server, row.song_id): {"artist": row.artist, "title": row.title} for row in rows}


def _rows(connection: Connection, table: Table, whose: Whose) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in _HIDDEN]
    time = next(column for column in columns if column.name in _TIMES)
    query = select(*columns).where(whose.rows_of(table)).order_by(time)
    return [_plain(row) for row in connection.execute(query).mappings()]


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if name in _TIMES and value is not None:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return bytes(value).hex() if name == "identity" else value
