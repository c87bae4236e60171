"""Reads the values in SAM's columns as they are meant, and counts those that mean nothing."""

from datetime import datetime

from exporter.config.schema_sam import SamDatabase
from exporter.sam import clocks
from exporter.sam.database.texts import mend
from exporter.sam.reading import SONGTYPES

_ZERO = "0000-00-00"


class Values:
    """One studio's way to write. `odd` counts values that could not be understood and were read as nothing."""

    def __init__(self, config: SamDatabase) -> None:
        self._encoding = config.text_encoding
        self._milliseconds = 1000 if config.duration_unit == "s" else 1
        self.odd = 0

    def text(self, value: object, length: int) -> str:
        """Mended; NULL is empty. A column of bytes gives them as they are."""
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        return mend(value, self._encoding, length) if isinstance(value, str) else ""

    def number(self, value: object) -> int:
        """A whole number that is not negative; NULL is 0."""
        if value is None:
            return 0
        read = value if isinstance(value, int) else _whole(value)
        self.odd += read < 0
        return max(0, read)

    def duration(self, value: object) -> int:
        """Milliseconds."""
        return self.number(value) * self._milliseconds

    def time(self, value: object) -> datetime | None:
        """None for a zero date, which SAM writes on purpose."""
        time = clocks.written(value)
        self.odd += time is None and value is not None and not str(value).startswith(_ZERO)
        return time

    def songtype(self, value: object) -> str:
        """The letter SAM writes; none at all is the unknown one."""
        letter = self.text(value, 1).upper()
        if letter and letter not in SONGTYPES:
            self.odd += 1
        return letter if letter and letter in SONGTYPES else "?"


def _whole(value: object) -> int:
    """Of a decimal or a text; -1 if it is no number."""
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return -1
