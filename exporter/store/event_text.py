"""The words of events: how they are written for the index of each database, and which of them a search asks for.

SQLite has FTS5, MySQL and MariaDB have FULLTEXT, PostgreSQL has GIN over a tsvector. They disagree about what a word
is, leave out short and common ones, and fold letters in their own ways. So the words are cut here, once, and handed to
all of them as plain ASCII that none of them can take for anything else: `zqlive`, `zqm0fc0nchen` for `münchen`.
Level and category stand among them, so that the index itself finds the few errors among many mentions of a stream.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST_WORD, LONGEST_FORM = 40, 84
"""Letters of a word that count, and of its form in the index: MySQL takes no more (`innodb_ft_max_token_size`)."""

MOST_WORDS = 200
"""Words of one event that are found; a message has some ten."""

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


class Term(NamedTuple):
    """What is asked for: a word as the index has it, or (`begins`) what a word begins with."""

    word: str
    begins: bool


def terms(asked: str) -> list[Term]:
    """The words of a search, each once: a word with `*` behind it is a beginning. Any text will do."""
    return list(dict.fromkeys(_terms(asked)))


def _terms(asked: str) -> Iterator[Term]:
    for piece in asked.split():
        found = [_ascii(word) for word in words(piece)]
        for number, word in enumerate(found, start=1):
            yield Term(word, piece.endswith("*") and number == len(found))
