"""Numbers out of texts, with what is absurd clamped and counted.

Icecast computes some counts as unsigned differences: KH's global `listeners` was seen at 1.8e18 after an underflow.
"""

import re
from collections.abc import Mapping

LARGEST_COUNT = 2**40
"""No server has a trillion listeners or connections; a larger count is an underflow, so the true one is about 0."""

LARGEST_BYTES = 2**62

_WHOLE = re.compile(r"[+-]?[0-9]{1,25}(?:\.0*)?", re.ASCII)
_MEASURED = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,12})?", re.ASCII)


class Values:
    """Reads numbers and counts the ones that made no sense."""

    def __init__(self) -> None:
        self.warnings = 0

    def count(self, fields: Mapping[str, str], name: str, largest: int = LARGEST_COUNT) -> int | None:
        """A whole number from 0 to `largest`; beyond that 0 and a warning; unreadable: None and a warning."""
        written = fields.get(name)
        if not written:
            return None
        if written.isdecimal() and written.isascii() and len(written) < 13:
            return int(written)  # nearly all of them; the cautious way below costs three times as much
        if not _WHOLE.fullmatch(written.strip()):
            self.warnings += 1
            return None
        value = int(written.strip().split(".")[0])
        if 0 <= value <= largest:
            return value
        self.warnings += 1
        return 0

    def byte_count(self, fields: Mapping[str, str], name: str) -> int | None:
        """As `count`, for bytes."""
        return self.count(fields, name, LARGEST_BYTES)

    def first_count(self, fields: Mapping[str, str], *names: str) -> int | None:
        """The first of these fields that holds something."""
        return next((self.count(fields, name) for name in names if fields.get(name)), None)

    def measured(self, fields: Mapping[str, str], name: str) -> float | None:
        """A number that people type (`128`, `127.5`, `Quality 5`): None where it is words, without a warning."""
        written = fields.get(name, "").strip()
        return float(written) if _MEASURED.fullmatch(written) else None
