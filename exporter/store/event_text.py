"""The words of events: how they are written for the index, how they are asked for, and the index of each database.

SQLite has FTS5, MySQL and MariaDB have FULLTEXT, PostgreSQL has GIN over a tsvector. They disagree about what a word
is, leave out short and common ones, and fold letters in their own ways. So the words are cut here, once, and handed to
all of them as plain ASCII that none of them can take for anything else: `zqlive`, `zqm0fc0nchen` for `münchen`.
Level and category stand among them, so that the index itself finds the few errors among many mentions of a stream.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, literal_column, text
from sqlalchemy.sql.elements import TextClause

LONGEST_WORD = 40
"""Letters of a word that count. MySQL takes 84 bytes, and a letter may need six."""

MOST_WORDS = 200
"""Words of one event that are found; a message has some ten."""

_MARK = "zq"
"""What every word begins with: too long and too odd to be left out as a short or a common one."""

_WORD = re.compile(r"[^\W_]+")


def words(written: str) -> Iterator[str]:
    """The words of a text: letters and digits in a row, small, without accents."""
    return (word[:LONGEST_WORD] for word in _WORD.findall(_plain(written)))


def _plain(written: str) -> str:
    """Small letters without accents."""
    if written.isascii():
        return written.lower()
    bare = (sign for sign in unicodedata.normalize("NFKD", written) if not unicodedata.combining(sign))
    return "".join(bare).casefold()


def indexed(texts: Iterable[str], level: str, category: str) -> str:
    """What the column `words` holds for an event with these texts."""
    found = dict.fromkeys(word for written in texts for word in words(written))
    return " ".join([f"zl{level}", f"zc{category}", *(_ascii(word) for word in list(found)[:MOST_WORDS])])


def _ascii(word: str) -> str:
    """A word as the index has it. What a word begins with, its form begins with."""
    if word.isascii():
        return _MARK + word
    return _MARK + "".join(sign if sign.isascii() else f"0{ord(sign):x}0" for sign in word)


class Search:
    """Some words, levels and categories to look for: an event has all of the words, one of the levels, and so on.

    Args:
        asked: as somebody wrote it: a word with `*` behind it is the beginning of a word. Any text will do.
        levels, categories: none = any.
    """

    def __init__(self, asked: str, levels: Collection[str] = (), categories: Collection[str] = ()) -> None:
        self._terms = list(_terms(asked))
        self._any = [
            [f"{kind}{name}" for name in names] for kind, names in (("zl", levels), ("zc", categories)) if names
        ]

    def __bool__(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self._terms)

    def fts5(self) -> str:
        """For SQLite: https://www.sqlite.org/fts5.html#full_text_query_syntax."""
        terms = [f'"{word}"{"*" if begins else ""}' for word, begins in self._terms]
        return " AND ".join([*terms, *(f"({' OR '.join(some)})" for some in self._any)])

    def boolean_mode(self) -> str:
        """For MySQL: https://dev.mysql.com/doc/refman/8.4/en/fulltext-boolean.html."""
        terms = [f"+{word}{'*' if begins else ''}" for word, begins in self._terms]
        return " ".join([*terms, *(f"+({' '.join(some)})" for some in self._any)])

    def tsquery(self) -> str:
        """For PostgreSQL: https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY."""
        terms = [f"{word}{':*' if begins else ''}" for word, begins in self._terms]
        return " & ".join([*terms, *(f"({' | '.join(some)})" for some in self._any)])


def _terms(asked: str) -> Iterator[tuple[str, bool]]:
    for piece in asked.split():
        found = [_ascii(word) for word in words(piece)]
        for number, word in enumerate(found, start=1):
            yield word, piece.endswith("*") and number == len(found)


def create_index(connection: Connection) -> None:
    """Make the index, beside the table."""
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
    "postgresql": ("CREATE INDEX event_words ON event USING gin (to_tsvector('simple', words))",),
}


def sqlite_ids(search: Search, first: int, last: int) -> TextClause:
    """On SQLite: the keys from `first` to `last` that fit, newest first; `:limit` of them."""
    query = (
        "SELECT rowid FROM event_words WHERE event_words MATCH :search AND rowid BETWEEN :first AND :last"
        " ORDER BY rowid DESC LIMIT :limit"
    )
    return text(query).bindparams(search=search.fts5(), first=first, last=last)


def condition(search: Search, dialect: str) -> ColumnElement[bool]:
    """On a database server: whether a row of `event` fits. Words are letters and digits alone, so none breaks out."""
    if dialect == "postgresql":
        return literal_column(f"to_tsvector('simple', words) @@ to_tsquery('simple', '{search.tsquery()}')")
    return literal_column(f"MATCH (words) AGAINST ('{search.boolean_mode()}' IN BOOLEAN MODE)")
