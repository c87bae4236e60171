"""Pretended web pages of the station, which tell of plays: a link to `/listen/…`, or a beacon at the end."""

import asyncio
import json
import random
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp

from demo.people import Person, invent
from demo.ports import can_choose_address

SOURCES = ("live", "jazz")
PAGE = "https://asteroid.example"
PATIENCE = aiohttp.ClientTimeout(total=5)
BETWEEN = 4.0  # seconds from one play to the next, about
BEACONS = 0.4  # share of plays that are told at their end, with their duration


class Pages:
    """Visitors who press play."""

    def __init__(self, url: str, people: int, dice: random.Random) -> None:
        self._url, self._dice = url, dice
        self._people = invent(people, dice)
        self._from_anywhere = can_choose_address(urlsplit(url).hostname or "")

    async def run(self) -> None:
        """Play for ever."""
        while True:
            await asyncio.sleep(self._dice.expovariate(1 / BETWEEN))
            with suppress(aiohttp.ClientError, TimeoutError, OSError):  # nobody waits for it
                await self.play(self._dice.choice(self._people), self._dice.choice(SOURCES))

    async def play(self, visitor: Person, source: str) -> int:
        """Tell of one play and return the answer's status."""
        connector = aiohttp.TCPConnector(local_addr=(visitor.address, 0) if self._from_anywhere else None)
        headers = {"User-Agent": visitor.agent, "Referer": f"{PAGE}/{source}"}
        async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE, headers=headers) as session:
            return await (self._beacon if self._dice.random() < BEACONS else self._link)(session, source)

    async def _link(self, session: aiohttp.ClientSession, source: str) -> int:
        """Follow the link, but not on to the stream."""
        async with session.get(f"{self._url}/listen/{source}", allow_redirects=False) as answer:
            return answer.status

    async def _beacon(self, session: aiohttp.ClientSession, source: str) -> int:
        """As `navigator.sendBeacon` with a text does."""
        play = {"source": source, "duration": round(self._dice.lognormvariate(5, 1.2))}
        headers = {"Origin": PAGE, "Content-Type": "text/plain;charset=UTF-8"}
        async with session.post(f"{self._url}/api/v1/listens", data=json.dumps(play), headers=headers) as answer:
            return answer.status
