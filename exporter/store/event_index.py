"""The index of words of each database: how it is made, and how it is asked."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, inspect, literal_column

from exporter.store.event_text import Term

LONGEST_BEGINNING = 6
"""Letters, with the mark, up to which SQLite has an index of beginnings."""

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


def fts5(
    terms: Sequence[Term], levels: Collection[str], categories: Collection[str], longest: int | None = None
) -> str:
    """For SQLite (https://www.sqlite.org/fts5.html#full_text_query_syntax): all words, one of the levels, and so on.

    `longest` = of a beginning, so many letters with the mark will do.
    """
    kinds = [[f"{mark}{name}" for name in names] for mark, names in (("zl", levels), ("zc", categories)) if names]
    words = [f'"{term.word[:longest]}"*' if term.begins else f'"{term.word}"' for term in terms]
    return " AND ".join([*words, *(f"({' OR '.join(some)})" for some in kinds)])


def condition(terms: Sequence[Term], dialect: str) -> ColumnElement[bool]:
    """On a database server: whether a row of `event` has all of the words. They are letters and digits alone.

    MySQL: https://dev.mysql.com/doc/refman/8.4/en/fulltext-boolean.html
    PostgreSQL: https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY
    """
    if dialect == "postgresql":
        asked = " & ".join(f"{word}{':*' if begins else ''}" for word, begins in terms)
        return literal_column(f"to_tsvector('simple', words) @@ to_tsquery('simple', '{asked}')")
    asked = " ".join(f"+{word}{'*' if begins else ''}" for word, begins in terms)
    return literal_column(f"MATCH (words) AGAINST ('{asked}' IN BOOLEAN MODE)")
