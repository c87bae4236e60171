"""The pieces that every section of the page is made of, as HTML."""

from collections.abc import Sequence
from html import escape
from typing import Literal

Mood = Literal["good", "bad", "wait"]


def badge(mood: Mood, words: str) -> str:
    """A coloured word or two."""
    return f'<span class="badge {mood}">{escape(words)}</span>'


def count(number: int, thing: str) -> str:
    """`1 stream`, `2 streams`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def sentence(phrase: str) -> str:
    """An error's phrase as a sentence."""
    return phrase[:1].upper() + phrase[1:] + ("" if phrase.endswith("?") else ".")


def paragraph(kind: Literal["error", "more"], words: str) -> str:
    """A sentence."""
    return f"<p class={kind}>{escape(words)}</p>"


def section(name: str, kind: str, state: str, *parts: str, link: str = "") -> str:
    """One thing that is watched.

    Args:
        name: what it is called; text.
        kind: what it is; text.
        state: how it is; HTML, as all that follows.
        parts: what there is to say of it.
        link: where there is more.
    """
    head = f"<h2>{escape(name)}</h2><span class=kind>{escape(kind)}</span>{state}{link}"
    return f"<section><header>{head}</header>{''.join(parts)}</section>"


def row(name: str, state: str, number: str, more: str) -> str:
    """A line of a table: what it is, how it is (HTML), a figure, and what else there is to say."""
    return f"<tr><td class=mount>{escape(name)}<td>{state}<td class=number>{number}<td class=title>{escape(more)}"


def table(name: str, state: str, number: str, more: str, *, rows: Sequence[str]) -> str:
    """Lines under these heads; nothing if there are none."""
    head = f"<tr><th>{name}<th>{state}<th class=number>{number}<th>{more}"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>" if rows else ""
