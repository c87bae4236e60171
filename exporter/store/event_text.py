"""The words of events: how they are written for the index, how they are asked for, and the index of each database.

SQLite has FTS5, MySQL and MariaDB have FULLTEXT, PostgreSQL has GIN over a tsvector. They disagree about what a word
is, leave out short and common ones, and fold letters in their own ways. So the words are cut here, once, and handed to
all of them as plain ASCII that none of them can take for anything else: `zqlive`, `zqm0fc0nchen` for `münchen`.
Level and category stand among them, so that the index itself finds the few errors among many mentions of a stream.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import ColumnElement, Connection, inspect, literal_column, text

LONGEST_WORD, LONGEST_FORM = 40, 84
"""Letters of a word that count, and of its form in the index: MySQL takes no more (`innodb_ft_max_token_size`)."""

MOST_WORDS = 200
"""Words of one event that are found; a message has some ten."""

LONGEST_BEGINNING = 6
"""Letters, with the mark, up to which SQLite has an index of beginnings."""

LOOKED_AT = 10_000
"""Events that are looked at one by one: some 10 ms."""

_MARK = "zq"
"""What every word begins with: too long and too odd to be left out as a short or a common one."""

_WORD = re.compile(r"[^\W_]+")


def words(written: str) -> Iterator[str]:
    """The words of a text: letters and digits in a row, small, without accents."""
    return (_cut(word[:LONGEST_WORD]) for word in _WORD.findall(_plain(written)))


def _cut(word: str) -> str:
    """As much of a word as its form has room for: two words that begin with so much are one."""
    while len(_ascii(word)) > LONGEST_FORM:
        word = word[:-1]
    return word


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

    @property
    def long(self) -> list[str]:
        """The beginnings that SQLite has no index of beginnings for."""
        return [word for word, begins in self._terms if begins and len(word) > LONGEST_BEGINNING]

    def fts5(self, *, shortened: bool = False) -> str:
        """For SQLite: https://www.sqlite.org/fts5.html#full_text_query_syntax. `shortened`: as far as beginnings go."""
        longest = LONGEST_BEGINNING if shortened else None
        terms = [f'"{word[:longest]}"*' if begins else f'"{word}"' for word, begins in self._terms]
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
    "postgresql": ("CREATE INDEX event_words ON event USING gin (to_tsvector('simple', words))",),
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
