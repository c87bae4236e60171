"""Durations, sizes and secrets as the configuration writes them."""

import re
from typing import Self

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[smhdw])", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)

_BYTES = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE = re.compile(r"([0-9]+)(B|[kMG]B|[KMG]iB)", re.ASCII)

SIZE_HELP = "a whole number with a unit, such as 512KiB, 8MiB or 1GB"
DURATION_HELP = "a number with a unit, such as 5s, 500ms, 15m, 1h30m or 30d"


class Duration(float):
    """Seconds, written as Prometheus writes them: `5s`, `1h30m`."""

    __slots__ = ()

    def __new__(cls, written: str) -> Self:
        """Read the text; ValueError if it is no duration."""
        if not _WHOLE.fullmatch(written):
            raise ValueError(f"{written!r} is not a duration: write {DURATION_HELP}")
        return super().__new__(cls, sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(written)))

    def __str__(self) -> str:
        """The shortest way to write it: `15m`."""
        for unit, seconds in sorted(_UNITS.items(), key=lambda pair: -pair[1]):
            if self >= seconds and (self / seconds).is_integer():
                return f"{self / seconds:.0f}{unit}"
        return f"{float(self):g}s"

    __repr__ = __str__


class Size(int):
    """Bytes, written as `8MiB`."""

    __slots__ = ()

    def __new__(cls, written: str) -> Self:
        """Read the text; ValueError if it is no size."""
        found = _SIZE.fullmatch(written)
        if not found:
            raise ValueError(f"{written!r} is not a size: write {SIZE_HELP}")
        return super().__new__(cls, int(found[1]) * _BYTES[found[2]])

    def __str__(self) -> str:
        """The shortest way to write it: `8MiB`."""
        fitting = [(int(self) // count, unit) for unit, count in _BYTES.items() if int(self) % count == 0]
        count, unit = min(fitting)
        return f"{count}{unit}"

    __repr__ = __str__


class Secret:
    """A text that no log, error or repr shows. Two of the same text are equal."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        """Never the text."""
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        """Whether both hide the same text, so that a reload notices a changed password."""
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        """Of the text."""
        return hash(self._text)

    def __bool__(self) -> bool:
        """Whether there is any text."""
        return bool(self._text)
