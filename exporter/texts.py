"""Foreign texts made fit to be kept and shown."""

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def one_line(text: str, longest: int) -> str:
    """One line of at most so many characters that any database takes, without spaces around it."""
    text = text[:longest]
    if not text.isprintable():
        text = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))
    return text.strip()
