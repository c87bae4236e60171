"""Foreign texts made fit to be kept and shown."""

import re
from ipaddress import ip_address

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")

_FOUR = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)", re.ASCII)
_COLONS = re.compile(r"(?:(?<!\w)[0-9A-Fa-f]{1,4})?(?::[0-9A-Fa-f]{0,4}){2,12}(?!\w)", re.ASCII)
STRUCK_OUT = "(address)"


def one_line(text: str, longest: int) -> str:
    """One line of at most so many characters that any database takes, without spaces around it."""
    text = text[:longest]
    if not text.isprintable():
        text = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))
    return text.strip()


def without_addresses(text: str) -> str:
    """The text with every IPv4 and IPv6 address struck out: engines write those of listeners into what they tell."""
    struck = _FOUR.sub(_four, text)
    return _COLONS.sub(_six, struck) if ":" in struck else struck


def _four(found: re.Match[str]) -> str:
    """With leading zeros it is still somebody's."""
    return STRUCK_OUT if all(int(part) < 256 for part in found[0].split(".")) else found[0]


def _six(found: re.Match[str]) -> str:
    """The longest part that is an address: a port may stand behind it, a colon of the sentence before or behind it.

    A time of the day has colons too, and a title may hold two of them.
    """
    parts = found[0].split(":")
    for length in range(min(len(parts), 9), 2, -1):
        for first in range(len(parts) - length + 1):
            if _is_six(":".join(parts[first : first + length])):
                around = [*parts[:first], STRUCK_OUT, *parts[first + length :]]
                return ":".join(around)
    return found[0]


def _is_six(written: str) -> bool:
    try:
        return written != "::" and bool(ip_address(written))
    except ValueError:
        return False
