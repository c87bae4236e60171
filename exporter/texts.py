"""Foreign texts made fit to be kept and shown."""

import re
from ipaddress import ip_address

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")

_FOUR = r"(?:\d{1,3}\.){3}\d{1,3}"
_MAY_BE_ADDRESS = re.compile(
    rf"(?<![\w:.])(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{_FOUR}|[0-9A-Fa-f]{{0,4}})(?![\w:]|\.\d)|(?<![\w.]){_FOUR}(?!\w|\.\d)",
    re.ASCII,
)
STRUCK_OUT = "(address)"


def one_line(text: str, longest: int) -> str:
    """One line of at most so many characters that any database takes, without spaces around it."""
    text = text[:longest]
    if not text.isprintable():
        text = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))
    return text.strip()


def without_addresses(text: str) -> str:
    """The text with every IPv4 and IPv6 address struck out: engines write those of listeners into what they tell."""
    return _MAY_BE_ADDRESS.sub(_struck_out, text)


def _struck_out(found: re.Match[str]) -> str:
    """A time of the day has colons too, and a title may hold two of them."""
    written = found[0]
    try:
        ip_address(written)
    except ValueError:
        return written
    return written if written == "::" else STRUCK_OUT
