"""`historylist`: what was on the air. Read by its primary key, upwards."""

from exporter.sam.database.link import Link, Row
from exporter.sam.database.tables import Table, present, require
from exporter.sam.database.values import Values
from exporter.sam.reading import HistoryRow, Song

SELECT = "SELECT {columns} FROM historylist AS h{library}"
LIBRARY = " LEFT JOIN songlist AS s ON s.ID = h.songID"
AFTER = " WHERE h.ID > %s ORDER BY h.ID LIMIT %s"
NEWEST = " ORDER BY h.ID DESC LIMIT 1"

HISTORY = Table(
    "historylist",
    needed=("ID", "songID", "date_played", "duration", "artist", "title"),
    optional={
        "songtype": "types are the library's of today",
        "album": "albums stay empty",
        "label": "labels stay empty",
        "ISRC": "ISRC stay empty",
        "listeners": "its own listener numbers are not known",
        "requestID": "waiting times of requests are not known",
        "overlay": "what is played over something else is taken for what follows it",
    },
)
LIBRARY_TABLE = Table("songlist", needed=("ID", "genre"), loss="genres stay empty")
TABLES = (HISTORY, LIBRARY_TABLE)

_OPTIONAL = ("album", "label", "ISRC", "listeners", "requestID", "overlay")
_LENGTHS = {"artist": 255, "title": 255, "album": 255, "genre": 63, "label": 100, "isrc": 50}
"""What the store holds of each (exporter/store/schema.py, `song`)."""


def after(link: Link, values: Values, watermark: int, limit: int) -> list[HistoryRow]:
    """At most `limit` rows above the watermark, in order of ID: one range of the primary key."""
    return [parse(row, values) for row in link.rows("historylist", _select(link) + AFTER, watermark, limit)]


def newest(link: Link, values: Values) -> HistoryRow | None:
    """The row with the highest ID."""
    rows = link.rows("historylist", _select(link) + NEWEST)
    return parse(rows[0], values) if rows else None


def _select(link: Link) -> str:
    """Always the same columns in the same order, NULL for those that are not there."""
    history, library = require(link, HISTORY), present(link, LIBRARY_TABLE)
    needed = [f"h.{column}" for column in HISTORY.needed]
    optional = [f"h.{column}" if column.lower() in history else "NULL" for column in _OPTIONAL]
    columns = [*needed, *optional, _songtype(history, library), "s.genre" if library else "NULL"]
    return SELECT.format(columns=", ".join(columns), library=LIBRARY if library else "")


def _songtype(history: frozenset[str], library: frozenset[str]) -> str:
    if "songtype" in history:
        return "h.songtype"
    return "s.songtype" if "songtype" in library else "NULL"


def parse(row: Row, values: Values) -> HistoryRow:
    """One row of `_select`."""
    history_id, song_id, played, duration, artist, title, album, label, isrc, *rest = row
    listeners, request_id, overlay, songtype, genre = rest
    texts = {"artist": artist, "title": title, "album": album, "genre": genre, "label": label, "isrc": isrc}
    return HistoryRow(
        history_id=history_id,
        played=values.time(played),
        duration=values.duration(duration),
        songtype=values.songtype(songtype),
        song=Song(values.number(song_id), **{name: values.text(texts[name], _LENGTHS[name]) for name in texts}),
        request_id=values.number(request_id),
        listeners=None if listeners is None else values.number(listeners),
        overlay=values.text(overlay, 3).lower() == "yes",
    )
