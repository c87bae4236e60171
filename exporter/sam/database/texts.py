"""Mends texts of columns that say latin1 and hold whatever the playout wrote: Windows-1252, or UTF-8 byte for byte.

The server turns such a column's bytes into characters one by one; here they are turned back where they must have been
UTF-8. What MySQL calls latin1 is Windows-1252, with the five bytes that has no character for (81, 8D, 8F, 90, 9D) read
as control characters (MySQL's manual, "West European Character Sets").
"""

import codecs
import re
from typing import Literal

Encoding = Literal["auto", "utf-8", "latin1"]

_CHARACTERS = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_BYTES = codecs.charmap_build(_CHARACTERS)
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of a character: no label, log or database wants them."""


def mend(text: str, encoding: Encoding, length: int) -> str:
    """The text as it was meant, of at most `length` characters, without control characters and outer white space.

    Args:
        text: as the server gave it.
        encoding: `latin1` = as it is; `utf-8` = its bytes are UTF-8, what is not is replaced; `auto` = its bytes are
            UTF-8 if they can be. A column that is not latin1 at all shows that by its characters and stays as it is.
        length: what the store holds.
    """
    if not text.isascii() and encoding != "latin1":
        text = _restored(text, encoding)
    if not text.isprintable():
        text = _UNSHOWN.sub("", text)
    return text.strip()[:length].rstrip()


def _restored(text: str, encoding: Encoding) -> str:
    try:
        stored = codecs.charmap_encode(text, "strict", _BYTES)[0]
    except UnicodeEncodeError:
        return text
    return stored.decode(errors="replace") if encoding == "utf-8" else _if_utf8(stored) or text


def _if_utf8(stored: bytes) -> str | None:
    """The bytes as UTF-8, whose last character may be cut off by the column's end; None if they are no UTF-8."""
    try:
        decoded = codecs.getincrementaldecoder("utf-8")().decode(stored)
    except UnicodeDecodeError:
        return None
    return None if decoded.isascii() else decoded
