"""The words of events: how they are written for the index of each database, and how they are asked for.

SQLite has FTS5, MySQL and MariaDB have FULLTEXT, PostgreSQL has GIN over a tsvector. They disagree about what a word
is, leave out short and common ones, and fold letters in their own ways. So the words are cut here, once, and handed to
all of them as plain ASCII that none of them can take for anything else: `zqlive`, `zqm0fc0nchen` for `münchen`.
Level and category stand among them, so that the index itself finds the few errors among many mentions of a stream.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Self

LONGEST_WORD, LONGEST_FORM = 40, 84
"""Letters of a word that count, and of its form in the index: MySQL takes no more (`innodb_ft_max_token_size`)."""

MOST_WORDS = 200
"""Words of one event that are found; a message has some ten."""

LONGEST_BEGINNING = 6
"""Letters, with the mark, up to which SQLite has an index of beginnings."""

_MARK = "zq"
"""What every word begins with: too long and too odd to be left out as a short or a common one."""

Term = tuple[str, bool]
"""A word as the index has it, and whether it is only the beginning of one."""

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
        self.terms: Sequence[Term] = list(_terms(asked))
        self._any = [
            [f"{kind}{name}" for name in names] for kind, names in (("zl", levels), ("zc", categories)) if names
        ]

    @classmethod
    def of(cls, terms: Sequence[Term]) -> Self:
        """For these words alone."""
        search = cls("")
        search.terms = terms
        return search

    def __bool__(self) -> bool:
        """Whether there is a word to look for."""
        return bool(self.terms)

    @property
    def long(self) -> list[str]:
        """The beginnings that SQLite has no index of beginnings for."""
        return [word for word, begins in self.terms if begins and len(word) > LONGEST_BEGINNING]

    def fts5(self, *, shortened: bool = False) -> str:
        """For SQLite: https://www.sqlite.org/fts5.html#full_text_query_syntax. `shortened`: as far as beginnings go."""
        longest = LONGEST_BEGINNING if shortened else None
        terms = [f'"{word[:longest]}"*' if begins else f'"{word}"' for word, begins in self.terms]
        return " AND ".join([*terms, *(f"({' OR '.join(some)})" for some in self._any)])

    def boolean_mode(self) -> str:
        """For MySQL: https://dev.mysql.com/doc/refman/8.4/en/fulltext-boolean.html."""
        terms = [f"+{word}{'*' if begins else ''}" for word, begins in self.terms]
        return " ".join([*terms, *(f"+({' '.join(some)})" for some in self._any)])

    def tsquery(self) -> str:
        """For PostgreSQL: https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY."""
        terms = [f"{word}{':*' if begins else ''}" for word, begins in self.terms]
        return " & ".join([*terms, *(f"({' | '.join(some)})" for some in self._any)])


def _terms(asked: str) -> Iterator[Term]:
    for piece in asked.split():
        found = [_ascii(word) for word in words(piece)]
        for number, word in enumerate(found, start=1):
            yield word, piece.endswith("*") and number == len(found)
