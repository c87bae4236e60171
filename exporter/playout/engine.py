"""One engine: what it told and how long ago, and what follows from that.

Each value has an age of its own, so a report may tell of a part only; what was not told anew within `ttl` is dropped.
Ages are counted on a steady clock: a jump of the computer's time makes nothing old, and nothing young.
"""

from collections.abc import Mapping
from typing import Any

from exporter.config.schema_playout import Field, PlayoutEngine
from exporter.event import Tell
from exporter.playout.reading import ALL, MOST_DECKS, MOST_ENCODERS, Key, Reading, Report
from exporter.playout.transitions import Transitions
from exporter.playout.window import Window, lowest, spread, steady

FORGOTTEN_AFTER = 3600.0
"""Seconds after which a deck or encoder that is told of no more makes room for another."""


class Engine:
    """What is known of an engine.

    Args:
        config: its section.
        tell: is told what changes.
        began: of the steady clock, in seconds: when the exporter began to listen.
    """

    def __init__(self, config: PlayoutEngine, tell: Tell, began: float) -> None:
        self.config = config
        self.mended = 0
        self.dropped = {"deck": 0, "encoder": 0}
        self._at: int | None = None
        self._heard: float | None = None
        self._values: dict[Key, tuple[float, float]] = {}
        self._fills: dict[str, Window] = {}
        self._bitrates: dict[str, Window] = {}
        self._underruns: dict[str, float] = {}
        self._past: Mapping[Field, dict[str, Any]] = {
            "deck_fill": self._fills,
            "encoder_bitrate": self._bitrates,
            "deck_underruns": self._underruns,
        }
        self._due = began + config.ttl
        self._transitions = Transitions(config.engine, tell, self._due)

    @property
    def name(self) -> str:
        """As configured."""
        return self.config.engine

    def report(self, report: Report, wall: int, now: float) -> int:
        """Take what was told; how many of its values there was room for.

        Args:
            report: what was told.
            wall: the computer's time, in Unix milliseconds.
            now: the steady clock's, in seconds.
        """
        heard = now - max(0, wall - report.at) / 1000
        self.mended += report.mended
        if self._heard is None or heard >= self._heard:
            self._heard, self._at = heard, report.at
        taken = sum(self._take(key, value, heard) for key, value in report.values.items())
        self._transitions.look(self.reading(now), now)
        return taken

    def reading(self, now: float) -> Reading:
        """What is known at a moment."""
        up = self._heard is not None and now - self._heard <= self.config.ttl
        told = {
            key: self._underruns[key.name] if key.field == "deck_underruns" else value
            for key, (heard, value) in self._values.items()
            if now - heard <= self.config.ttl
        }
        fills = {key.name: self._fills[key.name].values(now) for key in told if key.field == "deck_fill"}
        rates = {key.name: self._bitrates[key.name].values(now) for key in told if key.field == "encoder_bitrate"}
        return Reading(
            self.name,
            self._at,
            up,
            told,
            {deck: min(values) for deck, values in fills.items() if values},
            {encoder: ratio for encoder, values in rates.items() if (ratio := spread(values)) is not None},
        )

    def pending(self, now: float) -> bool:
        """Whether nothing was heard of it yet, and nothing had to be."""
        return self._heard is None and now <= self._due

    def look(self, now: float) -> None:
        """Time has passed: see what fell silent, and forget what is long gone."""
        self._transitions.look(self.reading(now), now)
        for key in [key for key, (heard, _) in self._values.items() if now - heard > FORGOTTEN_AFTER]:
            del self._values[key]
            self._transitions.forget(key)
            self._past.get(key.field, {}).pop(key.name, None)

    def _take(self, key: Key, value: float, heard: float) -> bool:
        if not self._room(key):
            self.dropped["deck" if key.field.startswith("deck") else "encoder"] += 1
            return False
        before = self._values.get(key)
        self._remember(key, value, before, heard)
        if before is None or heard >= before[0]:
            self._values[key] = heard, value
        return True

    def _remember(self, key: Key, value: float, before: tuple[float, float] | None, heard: float) -> None:
        """What a field needs of the past."""
        if key.field == "deck_fill":
            self._fills.setdefault(key.name, lowest()).add(heard, value)
        elif key.field == "encoder_bitrate":
            self._bitrates.setdefault(key.name, steady()).add(heard, value)
        elif key.field == "encoder_up" and value and before is not None and not before[1]:
            if (rates := self._bitrates.get(key.name)) is not None:
                rates.clear()  # how it stopped says nothing of how steady it runs
        elif key.field == "deck_underruns" and (before is None or heard >= before[0]):
            self._underruns[key.name] = self._underruns.get(key.name, 0.0) + _grown(value, before)

    def _room(self, key: Key) -> bool:
        if key.name in ("", ALL) or self._known(key):
            return True
        deck = key.field.startswith("deck")
        names = {known.name for known in self._values if known.field.startswith("deck") == deck} - {"", ALL}
        return len(names) < (MOST_DECKS if deck else MOST_ENCODERS)

    def _known(self, key: Key) -> bool:
        kind = key.field[:4]
        return any(known.name == key.name and known.field[:4] == kind for known in self._values)


def _grown(value: float, before: tuple[float, float] | None) -> float:
    """What a running total has grown by. One that went back began anew, so all of it came since."""
    if before is None or value < before[1]:
        return value
    return value - before[1]
