"""The station itself: sources, titles, listeners and mishaps against an Icecast that runs already.

`python -m demo.station --help` runs it alone, as compose.yaml does.
"""

import argparse
import asyncio
import math
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from demo import sound_mishaps
from demo.channel import Channel
from demo.credentials import read_passwords
from demo.day import Clock, audience_share
from demo.errors import DemoError
from demo.library import library
from demo.listeners import Crowd
from demo.mariadb import address_in
from demo.mishap import Tell
from demo.mishaps import happen
from demo.music import MOUNTS, Desk, Elsewhere, play, studio
from demo.music_mishaps import Music
from demo.playout import OnIcecast, Playout
from demo.programme import FEEDS
from demo.show import Diary, complain
from demo.signals import until_told
from demo.sources import Source
from demo.titles import play_titles

SECONDS_PER_TITLE = 20.0
BREATH = 0.06  # the audience wavers by so much around the day's curve
ON_AIR_PATIENCE = 20.0
TITLE_AFTER = 1.0  # Icecast takes no title for an Ogg stream before it has seen the stream's own header


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

    def __init__(self, options: Options, tell: Tell, desk: Desk | None = None) -> None:
        address = urlsplit(options.url)
        self._options = options
        self._tell = tell
        self._dice = random.Random()
        self._clock = Clock(options.speed)
        self._rush: Counter[str] = Counter()
        self._music = None if desk is None else Music(self._playout(desk), desk.database)
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
        options, music = self._options, self._music
        titled = [feed.mount for feed in FEEDS if feed.titles and not (music and feed.mount in MOUNTS)]
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels.values():
                tasks.create_task(channel.run())
            tasks.create_task(self.crowd.run())
            tasks.create_task(play_titles(options.url, titled, options.source_password, SECONDS_PER_TITLE, self._dice))
            if music:
                tasks.create_task(self._play(music))
            if options.mishaps:
                tasks.create_task(happen(self, self._tell, self._dice))
                tasks.create_task(sound_mishaps.happen(self, self._tell, self._dice))

    async def _play(self, music: Music) -> None:
        """Have the playout begin when its mounts can be given a title."""
        for mount in MOUNTS:
            await self._channels[mount].on_air.wait()
        await asyncio.sleep(TITLE_AFTER)
        await play(music, self._options.speed, self._tell, self._dice, mishaps=self._options.mishaps)

    def _playout(self, desk: Desk) -> Playout:
        icecast = OnIcecast(self._options.url, MOUNTS, self._options.source_password)
        return Playout(desk.studio, icecast, library(), speed=self._options.speed, dice=self._dice, tell=self._tell)

    def _wanted(self) -> Mapping[str, int]:
        total = self._options.audience * audience_share(self._clock.now())
        return {
            feed.mount: round(total * feed.popularity * _breath(index) * self._mood(feed.mount))
            + self._rush[feed.mount]
            for index, feed in enumerate(FEEDS)
        }

    def _mood(self, mount: str) -> float:
        """Songs win listeners, and lose some."""
        return self._music.playout.mood if self._music and mount in MOUNTS else 1.0


@asynccontextmanager
async def station(options: Options, tell: Tell, desk: Desk | None = None) -> AsyncIterator[asyncio.Task[None]]:
    """Run the station for the length of the block, which begins when every source plays. Yields its task.

    Without a desk there is no playout, and each mount gets titles of its own.
    """
    one = Station(options, tell, desk)
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
    async with AsyncExitStack() as opened:
        desk = None
        if options.sam_host:
            address = address_in(options.secrets, options.sam_host, options.sam_port)
            one = await opened.enter_async_context(studio(address, options.listeners))
            desk = Desk(one, Elsewhere(address, one))
        await Station(chosen, diary.tell, desk).run()


def main() -> None:
    """Run the station until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m demo.station", description="sources, listeners and mishaps")
    parser.add_argument("--icecast.url", dest="url", default="http://127.0.0.1:8000")
    parser.add_argument("--secrets", type=Path, required=True, help="folder in which demo.icecast made the passwords")
    parser.add_argument("--sam.host", dest="sam_host", help="the MariaDB of its playout; without it there is none")
    parser.add_argument("--sam.port", dest="sam_port", type=int, default=3306)
    parser.add_argument("--logs", type=Path, default=Path("/tmp"), help="folder for ffmpeg's words")  # noqa: S108
    parser.add_argument("--speed", type=float, default=1.0, help="hurry the clock of the day")
    parser.add_argument("--listeners", type=int, default=240, help="the largest audience of the day")
    parser.add_argument("--no-mishaps", action="store_true", help="let nothing go wrong")
    try:
        asyncio.run(until_told(_main(parser.parse_args())))
    except DemoError as error:
        complain(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
