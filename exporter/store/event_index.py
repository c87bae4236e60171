"""The index of words of each database: how it is made, and how it is asked."""

from sqlalchemy import ColumnElement, Connection, inspect, literal_column, text

from exporter.store.event_text import Search

LOOKED_AT = 10_000
"""Events that are looked at one by one: some 10 ms."""

INDEX = "event_words"


def create_index(connection: Connection) -> None:
    """Make the index, beside the table. A server keeps the part of a step that was interrupted, so it may be there."""
    if any(index["name"] == INDEX for index in inspect(connection).get_indexes("event")):
        return
    for statement in _INDEXES[connection.dialect.name]:
        connection.exec_driver_sql(statement)


# The text itself stays in the table; triggers tell the index what comes and goes. Beginnings of one to four letters
# (behind the mark) have an index of their own, for they are the ones that many words share.
_FTS5 = """
CREATE VIRTUAL TABLE event_words USING fts5
    (words, content='event', content_rowid='id', detail=none, tokenize='ascii', prefix='3 4 5 6')
"""
_COMES = """
CREATE TRIGGER event_comes AFTER INSERT ON event BEGIN
    INSERT INTO event_words (rowid, words) VALUES (new.id, new.words);
END
"""
_GOES = """
CREATE TRIGGER event_goes AFTER DELETE ON event BEGIN
    INSERT INTO event_words (event_words, rowid, words) VALUES ('delete', old.id, old.words);
END
"""
_FULLTEXT = ("CREATE FULLTEXT INDEX event_words ON event (words)",)

_INDEXES: dict[str, tuple[str, ...]] = {
    "sqlite": (_FTS5, _COMES, _GOES),
    "mysql": _FULLTEXT,
    "mariadb": _FULLTEXT,
    "postgresql": (
        "CREATE INDEX event_words ON event USING gin (to_tsvector('simple', words)) WITH (fastupdate = off)",
    ),
}


_IN_SQLITE = (
    "SELECT rowid FROM event_words WHERE event_words MATCH :search AND rowid BETWEEN :first AND :last"
    " ORDER BY rowid DESC LIMIT :limit"
)


def in_sqlite(connection: Connection, search: Search, first: int, last: int, limit: int) -> list[int]:
    """On SQLite: the keys from `first` to `last` that fit, newest first, so many at most.

    FTS5 gathers all that have a long beginning before it gives the first, which takes its time if that is nearly
    everything. So the newest that have the short one, for which there is an index, are looked at first.
    """
    stretch = {"first": first, "last": last}
    if search.long:
        found, enough = _among_newest(connection, search, stretch, limit)
        if enough:
            return found
    values = stretch | {"search": search.fts5(), "limit": limit}
    return list(connection.scalars(text(_IN_SQLITE), values))


def _among_newest(
    connection: Connection, search: Search, stretch: dict[str, int], limit: int
) -> tuple[list[int], bool]:
    """Those that fit among the newest with the short beginnings; and whether these are all that are wanted."""
    values: dict[str, int | str] = {**stretch, "search": search.fts5(shortened=True), "limit": LOOKED_AT}
    begin = {f"word{number}": f" {word}" for number, word in enumerate(search.long)}
    fits = " AND ".join(f"instr(event.words, :{name}) > 0" for name in begin)
    query = f"SELECT id FROM event WHERE id IN ({_IN_SQLITE}) AND {fits} ORDER BY id DESC LIMIT :most"  # noqa: S608  ours
    found = list(connection.scalars(text(query), values | begin | {"most": limit}))
    if len(found) == limit:
        return found, True
    there = connection.scalar(text(f"SELECT count(*) FROM ({_IN_SQLITE})"), values)  # noqa: S608  ours
    return found, (there or 0) < LOOKED_AT


def condition(search: Search, dialect: str) -> ColumnElement[bool]:
    """On a database server: whether a row of `event` fits. Words are letters and digits alone, so none breaks out."""
    if dialect == "postgresql":
        return literal_column(f"to_tsvector('simple', words) @@ to_tsquery('simple', '{search.tsquery()}')")
    return literal_column(f"MATCH (words) AGAINST ('{search.boolean_mode()}' IN BOOLEAN MODE)")
