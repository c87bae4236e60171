"""Says what has changed with an engine: it fell silent, a buffer ran low, an encoder stopped."""

from collections.abc import Mapping
from typing import Any

from exporter.event import Tell, happened
from exporter.playout.reading import Key, Reading

LOW, FINE = 0.10, 0.15
"""A buffer is said to be low once it is filled less than LOW, and may be said so again after it was filled FINE."""

_SWITCHES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "stream_connected": (
        ("stream_disconnected", "{engine} has lost the connection to its streaming server."),
        ("stream_connected", "{engine} is connected to its streaming server."),
    ),
    "mysql_connected": (
        ("mysql_disconnected", "{engine} has lost the connection to its MySQL database."),
        ("mysql_connected", "{engine} is connected to its MySQL database."),
    ),
    "encoder_up": (
        ("encoder_stopped", "Encoder {name} of {engine} has stopped."),
        ("encoder_started", "Encoder {name} of {engine} runs."),
    ),
}
"""By field: what a 0 after a 1 means, and a 1 after a 0."""


class Transitions:
    """Compares each reading with what was said before.

    What is found at first is no change. An engine that is quiet while the exporter starts may report in a moment.

    Args:
        engine: its name.
        tell: is told.
        since: of the steady clock: a first report after that comes from an engine that was silent until then.
    """

    def __init__(self, engine: str, tell: Tell, since: float) -> None:
        self._engine, self._tell, self._since = engine, tell, since
        self._up: bool | None = None
        self._before: dict[Key, float] = {}
        self._low: set[str] = set()

    def look(self, reading: Reading, now: float) -> None:
        """Tell what is new."""
        self._presence(reading.up, now)
        for key, value in reading.values.items():
            before = self._before.get(key)
            self._before[key] = value
            if key.field == "deck_fill":
                self._fill(key.name, value)
            elif key.field == "deck_underruns" and before is not None and value > before:
                self._underran(key.name, int(value - before))
            elif key.field in _SWITCHES and before is not None and value != before:
                self._switched(key, bool(value))

    def forget(self, key: Key) -> None:
        """It is long gone: should it come back, it is found at first."""
        self._before.pop(key, None)
        if key.field == "deck_fill":
            self._low.discard(key.name)

    def _presence(self, up: bool, now: float) -> None:
        if up == self._up:
            return
        if not up and self._up:
            self._say("playout_silent", f"{self._engine} reports nothing any more.")
        elif up and (self._up is False or now > self._since):
            self._say("playout_connected", f"{self._engine} reports.")
        if up or self._up:
            self._up = up

    def _fill(self, deck: str, fill: float) -> None:
        if fill < LOW and deck not in self._low:
            self._low.add(deck)
            message = f"The buffer of deck {deck} of {self._engine} is down to {fill:.0%}."
            self._say("deck_buffer_low", message, deck=deck, metadata={"fill": fill})
        elif fill > FINE:
            self._low.discard(deck)

    def _underran(self, deck: str, times: int) -> None:
        message = f"The buffer of deck {deck} of {self._engine} ran empty."
        self._say("deck_underrun", message, deck=deck, metadata={"times": times})

    def _switched(self, key: Key, on: bool) -> None:
        event, message = _SWITCHES[key.field][on]
        self._say(event, message.format(engine=self._engine, name=key.name), encoder_id=key.name or None)

    def _say(self, event: str, message: str, **more: Any) -> None:
        self._tell(happened(event, message, source=f"playout/{self._engine}", **more))
