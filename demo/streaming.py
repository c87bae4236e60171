"""Those who tell the exporter instead of being asked: streaming servers, the station's web pages, its playout engine.

`python -m demo.streaming --help` runs them alone, as compose.yaml does.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo import engine_mishaps
from demo.credentials import read_passwords
from demo.day import Clock, audience_share
from demo.edge_mishaps import Line, happen
from demo.edges import edges
from demo.engine import Engine, Reporter
from demo.mishap import Tell
from demo.outbox import Outbox
from demo.pages import Pages
from demo.show import Diary
from demo.signals import until_told

FEWEST = 40  # viewers that never sleep: a map of the night would show nobody
VISITORS = 200


@dataclass(frozen=True, slots=True)
class Options:
    """Whom they tell, and how lively it is. `audience` = viewers at the best hour of the day."""

    url: str
    token: str = field(repr=False)
    speed: float = 1.0
    audience: int = 120
    mishaps: bool = True


class Streaming:
    """The servers, the pages and the engine."""

    def __init__(self, options: Options, tell: Tell) -> None:
        self._options, self._tell, self._dice = options, tell, random.Random()
        self._clock = Clock(options.speed)
        known = edges(options.audience * 3, speed=options.speed, dice=self._dice)
        self._lines = [
            (Line(edge, Outbox(edge.name, options.url, options.token, tell)), share) for edge, share in known
        ]
        self._pages = Pages(options.url, VISITORS, self._dice)
        self._engine = Engine(self._dice)
        self._reporter = Reporter(self._engine, options.url, options.token, tell)

    async def run(self) -> None:
        """Stream for ever."""
        async with asyncio.TaskGroup() as tasks:
            for line, share in self._lines:
                tasks.create_task(line.outbox.run())
                tasks.create_task(self._serve(line, share))
            tasks.create_task(self._pages.run())
            tasks.create_task(self._reporter.run())
            if self._options.mishaps:
                tasks.create_task(happen([line for line, _ in self._lines], self._tell, self._dice))
                tasks.create_task(engine_mishaps.happen(self._engine, self._tell, self._dice))

    async def _serve(self, line: Line, share: float) -> None:
        while True:
            wanted = max(FEWEST, self._options.audience * audience_share(self._clock.now())) * share
            line.outbox.put(line.edge.tick(time.time_ns() // 1_000_000, round(wanted)))
            await asyncio.sleep(1)


@asynccontextmanager
async def streaming(options: Options, tell: Tell) -> AsyncIterator[asyncio.Task[None]]:
    """Stream for the length of the block. Yields the task."""
    task = asyncio.create_task(Streaming(options, tell).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _main(options: argparse.Namespace) -> None:
    token = read_passwords(options.secrets).ingest
    chosen = Options(options.url, token, options.speed, options.viewers, mishaps=not options.no_mishaps)
    await Streaming(chosen, Diary().tell).run()


def main() -> None:
    """Stream until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m demo.streaming", description="streaming servers and web pages")
    parser.add_argument("--exporter.url", dest="url", default="http://127.0.0.1:10880")
    parser.add_argument("--secrets", type=Path, required=True, help="folder in which demo.icecast made the passwords")
    parser.add_argument("--speed", type=float, default=1.0, help="hurry the clock of the day")
    parser.add_argument("--viewers", type=int, default=120, help="the largest audience of the day")
    parser.add_argument("--no-mishaps", action="store_true", help="let nothing go wrong")
    asyncio.run(until_told(_main(parser.parse_args())))


if __name__ == "__main__":
    main()
