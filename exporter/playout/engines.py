"""All playout engines of the configuration: those that push, and those that are asked."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import aiohttp
from msgspec import Struct

from exporter.clock import milliseconds
from exporter.config.schema_playout import PlayoutEngine
from exporter.event import Tell
from exporter.page import Block
from exporter.playout import metrics
from exporter.playout.engine import Engine
from exporter.playout.metrics import Counts
from exporter.playout.polled import Keep, Polled
from exporter.playout.reading import Reading, Report
from exporter.playout.ways import way
from exporter.polling.supervise import Supervisor

LOOK_EVERY = 1.0
"""Seconds between two looks whether somebody has fallen silent."""

TASK = "playout"


class Condition(Struct, frozen=True):
    """How an engine is.

    Attributes:
        reading: what is known of it.
        pending: nothing was heard of it yet, and nothing had to be.
        trouble: why the last look did not find it alive; None = it did, or nobody looks.
    """

    reading: Reading
    pending: bool
    trouble: str | None


Known = tuple[tuple[Reading, Counts], ...]


class Engines:
    """Every engine, by its name.

    Args:
        config: the section `playout`.
        state: the exporter's own folder.
        tell: is told what happens.
        keep: keeps what an engine's own log says.
    """

    def __init__(self, config: Iterable[PlayoutEngine], state: Path, tell: Tell, keep: Keep) -> None:
        self._state, self._tell, self._keep = state, tell, keep
        self._engines: dict[str, Engine] = {}
        self._polled: dict[str, Polled] = {}
        self._supervisor: Supervisor | None = None
        self._session: aiohttp.ClientSession | None = None
        self._rendered: tuple[Known, dict[str, int], Block] = ((), {}, {})
        self._set(config)

    @property
    def pushed(self) -> tuple[str, ...]:
        """The names of those that push."""
        return tuple(name for name, engine in self._engines.items() if engine.config.way == "pushed")

    def start(self, supervisor: Supervisor, session: aiohttp.ClientSession) -> None:
        """Begin to listen and to ask."""
        self._supervisor, self._session = supervisor, session
        supervisor.start(TASK, self._look)
        for name in self._engines:
            self._begin(name)

    async def replace(self, config: Iterable[PlayoutEngine]) -> None:
        """These from now on. Whose section did not change keeps all that is known of it."""
        gone = self._set(config)
        if self._supervisor is not None:
            await self._supervisor.stop([f"{TASK}/{name}" for name in gone if self._polled.pop(name, None)])
            for name in self._engines.keys() - self._polled.keys():
                self._begin(name)

    def ttl(self, name: str) -> float:
        """Seconds after which what an engine told is old."""
        return self._engines[name].config.ttl

    def report(self, name: str, report: Report) -> int:
        """One of those that push has reported; how many values of it were taken."""
        return self._engines[name].report(report, milliseconds(), time.monotonic())

    def conditions(self) -> tuple[Condition, ...]:
        """How each is now, in the order of the configuration."""
        now = time.monotonic()
        return tuple(
            Condition(engine.reading(now), engine.pending(now), polled.trouble if polled else None)
            for engine, polled in ((engine, self._polled.get(engine.name)) for engine in self._engines.values())
        )

    def block(self) -> Block:
        """What is known now. The same object as long as it is the same."""
        known = tuple((engine.reading(time.monotonic()), self._counts(engine)) for engine in self._engines.values())
        dropped = self._dropped()
        if (known, dropped) != self._rendered[:2]:
            self._rendered = known, dropped, metrics.render(known, dropped)
        return self._rendered[2]

    def _counts(self, engine: Engine) -> Counts:
        polled = self._polled.get(engine.name)
        return Counts(engine.mended, polled.failures if polled else None)

    def _dropped(self) -> dict[str, int]:
        dropped: Counter[str] = Counter()
        for engine in self._engines.values():
            dropped.update(engine.dropped)
        return dict(dropped)

    def _set(self, config: Iterable[PlayoutEngine]) -> list[str]:
        """Have these engines; the names of those that are no more, or not as they were."""
        before, now = self._engines, time.monotonic()
        same = {name: engine.config for name, engine in before.items()}
        self._engines = {
            section.engine: before[section.engine]
            if same.get(section.engine) == section
            else Engine(section, self._tell, now)
            for section in config
        }
        return [name for name, engine in before.items() if self._engines.get(name) is not engine]

    def _begin(self, name: str) -> None:
        """Ask an engine that must be asked."""
        engine = self._engines[name]
        if self._supervisor is None or self._session is None:
            return
        if (asked := way(engine.config, self._session, self._state)) is not None:
            self._polled[name] = Polled(engine, asked, self._keep)
            self._supervisor.start(f"{TASK}/{name}", self._polled[name].run)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for engine in tuple(self._engines.values()):
                engine.look(time.monotonic())
