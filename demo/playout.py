"""The playout: takes the next item from its queue, notes it in its history, and tells Icecast's mounts its title.

What is on the air goes on without the database: then the playout chooses by itself, and nothing is noted.
"""

import asyncio
import random
import re
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from demo import studio as tables
from demo.library import Item
from demo.mishap import Tell
from demo.past import Play, mood_after
from demo.studio import Away, Studio, Work
from demo.titles import PATIENCE, announce
from demo.wheel import APART, HOUR, Wheel
from demo.wishes import OnAir

SONG, OTHER = (15.0, 40.0), (5.0, 12.0)  # seconds on the air: short, so that something happens
SHORTEST = 4.0
QUEUED = 14  # items that the queue is filled up to
CUT_SHORT = (2.0, 5.0)
SKIPS_BY_ITSELF, OVERLAYS = 0.03, 0.02  # shares of songs that somebody cuts short, or plays an effect over

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OnIcecast:
    """The mounts that the playout feeds."""

    url: str
    mounts: Sequence[str]
    password: str = field(repr=False)

    async def listeners(self, session: aiohttp.ClientSession) -> int:
        """Return how many listen now; 0 if Icecast does not say."""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(f"{self.url}/status-json.xsl") as answer:
                # Not read as JSON: Icecast 2.4 writes a title of one hyphen as no JSON at all.
                counts = re.findall(r'"listeners":(\d+),"listenurl":"[^"]*?(/[^/"]*)"', await answer.text())
            return sum(int(count) for count, mount in counts if mount in self.mounts)
        return 0

    async def title(self, session: aiohttp.ClientSession, title: str) -> None:
        """Give every mount the same title at the same moment."""
        await asyncio.gather(*(announce(session, self.url, mount, title, self.password) for mount in self.mounts))


class Playout:
    """What plays. `mood` = how many listen, beside the usual 1, because of what was on."""

    def __init__(
        self,
        studio: Studio,
        icecast: OnIcecast,
        items: Sequence[Item],
        *,
        speed: float,
        dice: random.Random,
        tell: Tell,
    ) -> None:
        self.studio, self.items = studio, items
        self.mood = 1.0
        self._icecast, self._speed, self._dice, self._tell = icecast, speed, dice, tell
        self._by_id = {item.song_id: item for item in items}
        self._wheel = Wheel(items, dice)
        self._next = self._wheel.run(dice.randrange(len(HOUR)))
        self._played: deque[Item] = deque(maxlen=APART)
        self._allowed, self._cut = asyncio.Event(), asyncio.Event()
        self._allowed.set()
        self._filling, self._again, self._away = True, False, False

    async def run(self) -> None:
        """Play for ever."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while True:
                await self._allowed.wait()
                item, request_id = await self._take()
                await self._play(session, item, request_id)

    async def on_air(self) -> OnAir:
        """Return what was played lately and what is queued; Away without the database."""
        rows = await self.studio.do(tables.queued)
        songs = [(self._by_id[song_id], request) for song_id, request in rows]
        return OnAir(tuple(self._played), [song for song, _ in songs], [song for song, request in songs if request])

    @property
    def takes_requests(self) -> bool:
        """Whether anybody sees to the queue."""
        return self._filling

    def cut(self) -> None:
        """Go on to the next item."""
        self._cut.set()

    async def stop(self, seconds: float) -> None:
        """Let the item end, and begin none for so long."""
        self._allowed.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._allowed.set()

    async def drain(self, seconds: float) -> None:
        """Leave the queue empty for so long."""
        self._filling = False
        await self._note(tables.empty_queue)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._filling = True

    async def repeat(self, seconds: float) -> None:
        """Play the same item over and over for so long."""
        self._again = True
        try:
            await asyncio.sleep(seconds)
        finally:
            self._again = False

    async def _take(self) -> tuple[Item, int]:
        """Return the next item and the request it fulfils."""
        if self._again and self._played:
            return self._played[-1], 0
        if self._filling:
            await self._fill()
        taken = await self._note(tables.take)
        if taken is None:
            return next(self._next), 0
        return self._by_id[taken[0]], taken[1]

    async def _fill(self) -> None:
        rows = await self._note(tables.queued)
        if rows is not None and len(rows) < QUEUED:
            chosen = [next(self._next).song_id for _ in range(QUEUED - len(rows))]
            await self._note(lambda cursor: tables.enqueue(cursor, chosen))

    async def _play(self, session: aiohttp.ClientSession, item: Item, request_id: int) -> None:
        self._cut.clear()
        seconds = self._length(item)
        listeners = await self._icecast.listeners(session)
        play = Play(item, time.time(), round(seconds * 1000), listeners, request_id)
        await asyncio.gather(self._note(self.studio.start(play)), self._icecast.title(session, item.announced))
        if item.songtype == "S":
            self._played.append(item)
            self._wheel.note(item)
            await self._overlay(listeners)
        await self._until_over(item, play.started or 0, seconds)
        self.mood = mood_after(self.mood, item)

    async def _overlay(self, listeners: int) -> None:
        if self._dice.random() < OVERLAYS:
            effect = self._wheel.choose("X")
            await self._note(self.studio.start(Play(effect, time.time(), effect.duration, listeners, overlay=True)))

    async def _until_over(self, item: Item, started: float, seconds: float) -> None:
        if item.songtype == "S" and self._dice.random() < SKIPS_BY_ITSELF:
            seconds = self._dice.uniform(*CUT_SHORT)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, started + seconds - time.time())):
                await self._cut.wait()

    def _length(self, item: Item) -> float:
        least, most = SONG if item.songtype == "S" else OTHER
        return max(SHORTEST, self._dice.uniform(least, most) / self._speed)

    async def _note(self, work: Work[T]) -> T | None:
        """Do it in the database; None where it is away, which is said once."""
        try:
            done = await self.studio.do(work)
        except Away:
            if not self._away:
                self._tell("the playout cannot reach its database: it plays on, and notes nothing")
            self._away = True
            return None
        if self._away:
            self._tell("the playout notes what it plays again")
        self._away = False
        return done
