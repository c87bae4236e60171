"""Engines as the tests of the playout have them."""

from typing import Any

from exporter.config.schema_playout import PlayoutEngine
from exporter.config.units import Duration
from exporter.event import Event
from exporter.playout.engine import Engine
from exporter.playout.reading import Draft, Field, Reading, Report

WALL = 1_800_000_000_000
"""The computer's time when the steady clock of these tests says 1000."""


def section(**keys: Any) -> PlayoutEngine:
    times = {key: Duration(keys.pop(key)) for key in ("ttl", "interval") if key in keys}
    return PlayoutEngine(**{"engine": "studio-a", **keys, **times})


def report(at: float, *values: tuple[Field, float, str] | tuple[Field, float]) -> Report:
    """What was so `at` a moment of the steady clock."""
    draft = Draft(wall(at))
    for value in values:
        draft.put(*value)
    return draft.report()


def wall(at: float) -> int:
    return WALL + round(1000 * (at - 1000))


class Told:
    """An engine, and the events that it told of."""

    def __init__(self, **keys: Any) -> None:
        self.events: list[Event] = []
        self.engine = Engine(section(**keys), self.events.append, 1000.0)

    def report(self, at: float, *values: Any, heard: float | None = None) -> int:
        """It reports what was so `at` a moment; `heard` = later than that."""
        now = at if heard is None else heard
        return self.engine.report(report(at, *values), wall(now), now)

    def reading(self, now: float) -> Reading:
        return self.engine.reading(now)

    def names(self) -> list[str]:
        return [event.event for event in self.events]
