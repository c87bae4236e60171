"""What a playout engine said at one moment, whichever way it said so."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from exporter.clock import AHEAD
from exporter.config.schema_playout import Field
from exporter.names import is_name

LARGEST: Mapping[Field, float] = {
    "cpu": 1.0,
    "memory": float(1 << 50),
    "stream_connected": 1.0,
    "mysql_connected": 1.0,
    "encoders_active": 1e6,
    "deck_fill": 1.0,
    "deck_seconds": 86_400.0,
    "deck_underruns": float(1 << 53),
    "deck_latency": 3600.0,
    "encoder_up": 1.0,
    "encoder_bitrate": float(1 << 40),
}
"""More than that cannot be; less than 0 neither."""

ALL = "all"
"""The deck of a figure that an engine gives for all of its decks together."""

MOST_DECKS, MOST_ENCODERS = 16, 32


class Key(NamedTuple):
    """A value's field, and the deck or encoder that it is of; empty for the engine itself."""

    field: Field
    name: str = ""


class Report(Struct, frozen=True):
    """What was said.

    Attributes:
        at: when it was so, Unix time in milliseconds, by the engine's clock but never ahead of ours.
        values: what was told; a report may tell of a part only.
        mended: values that could not be true and were made the nearest that can, or passed over.
    """

    at: int
    values: Mapping[Key, float]
    mended: int = 0


class Draft:
    """A report in the making: puts right, and counts, what cannot be."""

    def __init__(self, now: int) -> None:
        self._now = self._at = now
        self._values: dict[Key, float] = {}
        self.mended = 0

    def time(self, said: float) -> None:
        """When it was so; a clock that is ahead of ours means now, one that is far ahead is counted."""
        if not math.isfinite(said) or said > self._now + AHEAD:
            self.mended += 1
        else:
            self._at = min(int(said), self._now)

    def put(self, field: Field, value: float, name: str = "") -> None:
        """One value."""
        if not math.isfinite(value) or (name and not is_name(name)):
            self.mended += 1
            return
        possible = min(max(value, 0.0), LARGEST[field])
        self.mended += possible != value
        self._values[Key(field, name)] = possible

    def report(self) -> Report:
        """The report as it is by now."""
        return Report(self._at, self._values, self.mended)


class Reading(Struct, frozen=True):
    """What is known of an engine at a moment: everything told within its ttl, and what follows from it.

    Attributes:
        engine: its configured name.
        at: when it last said anything, Unix time in milliseconds; None = never.
        up: whether that was within its ttl.
        values: what it said, `deck_underruns` as a sum that never goes back.
        lowest: the lowest fill of each deck in the last minute.
        spread: of each encoder's bit rate in the last five minutes, the standard deviation by the mean.
    """

    engine: str
    at: int | None
    up: bool
    values: Mapping[Key, float]
    lowest: Mapping[str, float]
    spread: Mapping[str, float]
