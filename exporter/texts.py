"""Foreign texts made fit to be kept and shown."""

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")

_FOUR = re.compile(r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)", re.ASCII)

_GROUP = "[0-9A-Fa-f]{1,4}"
_GROUPS = f"{_GROUP}(?::{_GROUP})"
_SIX = re.compile(rf"{_GROUPS}{{7,8}}|{_GROUPS}{{0,6}}::(?!:{_GROUP})(?:{_GROUPS}{{0,6}})?|::{_GROUPS}{{0,6}}")
"""Eight groups, or fewer around a double colon (RFC 4291, section 2.2). A ninth is a port behind, or the end of a word
before: the last letters of `refused:` would do for a group."""

_OF_ADDRESSES = "0123456789abcdefABCDEF:."

LONGEST_ADDRESS = 45
"""Characters: IPv6 with an IPv4 address in it."""

SURE_FROM = 3
"""Groups from which on it is an address though a letter stands right beside it; `std::string` has one of them."""

STRUCK_OUT = "(address)"


def one_line(text: str, longest: int) -> str:
    """One line of at most so many characters that any database takes, without spaces around it."""
    text = text[:longest]
    if not text.isprintable():
        text = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))
    return text.strip()


def foreign_line(text: str, longest: int) -> str:
    """One line of at most so many characters, without addresses, of a text of any length."""
    if len(text) > (end := 2 * longest) + LONGEST_ADDRESS:
        text = text[:end] + text[end : end + LONGEST_ADDRESS].rstrip(_OF_ADDRESSES)  # no half of one is left there
    return one_line(without_addresses(text), longest)


def without_addresses(text: str) -> str:
    """The text with every IPv4 and IPv6 address struck out: engines write those of listeners into what they tell."""
    struck = _FOUR.sub(_four, text)
    return _SIX.sub(_six, struck) if ":" in struck else struck


def _four(found: re.Match[str]) -> str:
    """With leading zeros it is still somebody's."""
    return STRUCK_OUT if all(int(part) < 256 for part in found[0].split(".")) else found[0]


def _six(found: re.Match[str]) -> str:
    """A time of the day has colons too, and a title or the name of a function may hold two of them."""
    beside = found.string[found.start() - 1 : found.start()] + found.string[found.end() : found.end() + 1]
    alone = not any(letter.isalnum() or letter == "_" for letter in beside)
    return STRUCK_OUT if alone or sum(map(bool, found[0].split(":"))) >= SURE_FROM else found[0]
