"""The playout engine: two decks that take turns, two encoders; it reports its health and a few of its events."""

import asyncio
import math
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from demo.mishap import Tell

ENGINE = "studio-a"  # what demo/exporter.yaml calls it
DECKS = ("a", "b")
ENCODERS = {"live-mp3": 8000.0, "live-ogg": 8000.0}  # bytes per second
EVERY = 2.0
EVENT_EVERY = 45.0
PATIENCE = aiohttp.ClientTimeout(total=5)
BUFFER = 5.0  # seconds that a full buffer plays
USUAL, LATENCY = 0.87, 0.008
MEGABYTE = 1_000_000

EVENTS: tuple[tuple[str, str, str, str], ...] = (
    ("info", "scheduler", "hour_planned", "The next hour is planned: 14 songs, 2 jingles."),
    ("info", "scripting", "script_done", "The script for the news has ended."),
    ("warning", "scripting", "script_slow", "The script for the weather took 9 s."),
    ("info", "gateway", "requests_open", "The page for requests is open."),
    ("debug", "audio", "crossfade", "The next track was faded in over 3 s."),
)
"""What it tells now and then: level, category, name, sentence."""


@dataclass(slots=True)
class Deck:
    """One deck. `drained_to` = the fill that a mishap holds it at."""

    drained_to: float | None = None
    underruns: int = 0
    latency: float = LATENCY

    def report(self, dice: random.Random) -> dict[str, Any]:
        """What the engine says of it."""
        usual = min(1.0, max(0.0, dice.gauss(USUAL, 0.03)))
        fill = usual if self.drained_to is None else max(0.0, self.drained_to + dice.uniform(-0.01, 0.01))
        return {
            "fill": round(fill, 3),
            "seconds": round(fill * BUFFER, 2),
            "underruns": self.underruns,
            "decoder_latency_seconds": round(self.latency * dice.uniform(0.8, 1.3), 4),
        }


@dataclass(slots=True)
class Encoder:
    """One encoder. `wavers` = by what share its bit rate goes up and down."""

    rate: float
    up: bool = True
    wavers: float = 0.004

    def report(self, dice: random.Random) -> dict[str, Any]:
        """What the engine says of it. One that does not run has no rate."""
        if not self.up:
            return {"up": False}
        return {"up": True, "bitrate_bytes_per_second": round(self.rate * (1 + dice.uniform(-1, 1) * self.wavers))}


@dataclass(slots=True)
class Engine:
    """The engine's state, on which mishaps lay hands."""

    dice: random.Random
    decks: dict[str, Deck] = field(default_factory=lambda: {name: Deck() for name in DECKS})
    encoders: dict[str, Encoder] = field(
        default_factory=lambda: {name: Encoder(rate) for name, rate in ENCODERS.items()}
    )
    speaks: bool = True

    def report(self) -> dict[str, Any]:
        """The health report of this moment, as `/api/v1/playout/health` takes it."""
        wave = math.sin(time.monotonic() / 60)
        return {
            "engine": ENGINE,
            "time": round(time.time(), 3),
            "cpu": round(0.12 + 0.04 * wave + self.dice.uniform(0, 0.02), 3),
            "memory_bytes": round((310 + 12 * wave) * MEGABYTE),
            "stream_connected": True,
            "mysql_connected": True,
            "decks": {name: deck.report(self.dice) for name, deck in self.decks.items()},
            "encoders": {name: encoder.report(self.dice) for name, encoder in self.encoders.items()},
        }

    def event(self) -> dict[str, Any]:
        """Something that happened, as `/api/v1/events` takes it."""
        level, category, name, message = self.dice.choice(EVENTS)
        return {"level": level, "category": category, "event": name, "message": message, "time": round(time.time(), 3)}


class Reporter:
    """Takes the engine's word to the exporter."""

    def __init__(self, engine: Engine, url: str, token: str, tell: Tell) -> None:
        self._engine, self._url, self._tell = engine, url, tell
        self._headers = {"Authorization": f"Bearer {token}"}
        self._complained = False

    async def run(self) -> None:
        """Report for ever."""
        async with aiohttp.ClientSession(timeout=PATIENCE, headers=self._headers) as session:
            due = 0.0
            while True:
                if self._engine.speaks:
                    await self._post(session, "/api/v1/playout/health", self._engine.report())
                    if time.monotonic() >= due:
                        await self._post(session, "/api/v1/events", self._engine.event())
                        due = time.monotonic() + self._engine.dice.uniform(0.5, 1.5) * EVENT_EVERY
                await asyncio.sleep(EVERY)

    async def _post(self, session: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> None:
        said = "no answer"
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(f"{self._url}{path}", json=body) as answer:
                said = f"HTTP {answer.status}"
        taken = said.startswith("HTTP 2")
        if not taken and not self._complained:
            self._tell(f"the engine cannot report its health: {said}")
        self._complained = not taken
