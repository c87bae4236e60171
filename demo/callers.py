"""Listeners who ask for songs, and what the playout makes of it: it decides within seconds, as SAM does."""

import asyncio
import random
import time

from demo import studio as tables
from demo.playout import Playout
from demo.studio import Away
from demo.wishes import ACCEPTED, UNDECIDED, Wish, answer, invent_caller

PAUSE = (8.0, 25.0)
SHORTEST = 2.0
THINKS = (0.5, 2.0)
POPULAR = 0.4  # the share of those who ask for what everybody asks for
HITS = 30
IGNORED = 0.06  # accepted, and then thrown out by hand


class Callers:
    """All who ask."""

    def __init__(self, playout: Playout, speed: float, dice: random.Random) -> None:
        self._playout, self._speed, self._dice = playout, speed, dice
        self._songs = [item for item in playout.items if item.songtype == "S" and item.available]

    async def run(self) -> None:
        """Let somebody ask for something now and then, for ever."""
        while True:
            await asyncio.sleep(max(SHORTEST, self._dice.uniform(*PAUSE) / self._speed))
            if self._playout.takes_requests:
                await self.ask()

    async def ask(self) -> None:
        """Ask for a song. While the database is away nobody can."""
        song = self._dice.choice(self._songs[:HITS] if self._dice.random() < POPULAR else self._songs)
        studio = self._playout.studio
        try:
            wish = Wish(song.song_id, time.time(), invent_caller(self._dice), UNDECIDED, "new")
            request_id = await studio.do(studio.ask(wish))
            await asyncio.sleep(self._dice.uniform(*THINKS))
            code = answer(song, await self._playout.on_air(), self._dice)
            wanted = code == ACCEPTED and self._dice.random() >= IGNORED
            await studio.do(lambda cursor: tables.settle(cursor, request_id, code, "pending" if wanted else "ignored"))
            if wanted:
                await studio.do(lambda cursor: tables.enqueue_request(cursor, song.song_id, request_id))
        except Away:
            return
