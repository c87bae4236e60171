"""The station itself: sources, titles, listeners and mishaps against an Icecast that runs already.

`python -m demo.station --help` runs it alone, as compose.yaml does.
"""

import argparse
import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from demo.channel import Channel, Tell
from demo.credentials import read_passwords
from demo.day import Clock, audience_share
from demo.errors import DemoError
from demo.listeners import Crowd
from demo.mishaps import happen
from demo.programme import FEEDS
from demo.show import Diary
from demo.signals import until_told
from demo.sources import Source
from demo.titles import play_titles

SECONDS_PER_TITLE = 20.0
BREATH = 0.06  # the audience wavers by so much around the day's curve
ON_AIR_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Options:
    """Where the station plays, and how lively it is."""

    url: str
    source_password: str = field(repr=False)
    logs: Path
    speed: float = 1.0
    audience: int = 240
    mishaps: bool = True


class Station:
    """Everything that happens at the station."""

    def __init__(self, options: Options, tell: Tell) -> None:
        address = urlsplit(options.url)
        self._options = options
        self._tell = tell
        self._dice = random.Random()
        self._clock = Clock(options.speed)
        self._rush: Counter[str] = Counter()
        host, port = address.hostname or "localhost", address.port or 80
        self._channels = {
            feed.mount: Channel(
                Source(
                    feed,
                    host,
                    port,
                    options.source_password,
                    options.logs / f"source{feed.mount.replace('/', '-')}.log",
                ),
                tell,
            )
            for feed in FEEDS
        }
        self.crowd = Crowd(host, port, self._wanted, people=options.audience * 3, speed=options.speed, dice=self._dice)

    def channel(self, mount: str) -> Channel:
        """Return the channel of `mount`."""
        return self._channels[mount]

    def rush(self, mount: str, people: int) -> None:
        """Send `people` more to `mount`, until told 0."""
        self._rush[mount] = people

    async def on_air(self) -> None:
        """Return when every source plays; DemoError if one does not within 20 s."""
        for channel in self._channels.values():
            try:
                async with asyncio.timeout(ON_AIR_PATIENCE):
                    await channel.on_air.wait()
            except TimeoutError:
                raise DemoError(f"{channel.mount} is not on the air after {ON_AIR_PATIENCE:g} s") from None

    async def run(self) -> None:
        """Be a station for ever."""
        titled = [feed.mount for feed in FEEDS if feed.titles]
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels.values():
                tasks.create_task(channel.run())
            tasks.create_task(self.crowd.run())
            tasks.create_task(
                play_titles(self._options.url, titled, self._options.source_password, SECONDS_PER_TITLE, self._dice)
            )
            if self._options.mishaps:
                tasks.create_task(happen(self, self._tell, self._dice))

    def _wanted(self) -> Mapping[str, int]:
        total = self._options.audience * audience_share(self._clock.now())
        return {
            feed.mount: round(total * feed.popularity * _breath(index)) + self._rush[feed.mount]
            for index, feed in enumerate(FEEDS)
        }


@asynccontextmanager
async def station(options: Options, tell: Tell) -> AsyncIterator[asyncio.Task[None]]:
    """Run the station for the length of the block, which begins when every source plays. Yields its task."""
    one = Station(options, tell)
    task = asyncio.create_task(one.run())
    on_air = asyncio.create_task(one.on_air())
    try:
        await asyncio.wait([task, on_air], return_when=asyncio.FIRST_COMPLETED)
        (task if task.done() else on_air).result()
        yield task
    finally:
        on_air.cancel()
        task.cancel()
        await asyncio.wait([task, on_air])


def _breath(index: int) -> float:
    """Waver slowly, every mount at its own pace."""
    return 1 + BREATH * math.sin(time.monotonic() / (40 + 17 * index))


async def _main(options: argparse.Namespace) -> None:
    diary = Diary()
    password = read_passwords(options.secrets).source
    chosen = Options(
        options.url, password, options.logs, options.speed, options.listeners, mishaps=not options.no_mishaps
    )
    await Station(chosen, diary.tell).run()


def main() -> None:
    """Run the station until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m demo.station", description="sources, listeners and mishaps")
    parser.add_argument("--icecast.url", dest="url", default="http://127.0.0.1:8000")
    parser.add_argument("--secrets", type=Path, required=True, help="folder in which demo.icecast made the passwords")
    parser.add_argument("--logs", type=Path, default=Path("/tmp"), help="folder for ffmpeg's words")  # noqa: S108
    parser.add_argument("--speed", type=float, default=1.0, help="hurry the clock of the day")
    parser.add_argument("--listeners", type=int, default=240, help="the largest audience of the day")
    parser.add_argument("--no-mishaps", action="store_true", help="let nothing go wrong")
    asyncio.run(until_told(_main(parser.parse_args())))


if __name__ == "__main__":
    main()
