"""The station's short record library, and telling Icecast what plays now.

Nothing here exists outside the demo. Some titles have broken exporters before: a bare hyphen, a number, Cyrillic.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress

import aiohttp

from demo.credentials import basic

PATIENCE = aiohttp.ClientTimeout(total=5)

LIBRARY = (
    "The Perihelions - Slow Orbit",
    "-",
    "Marta Quill & the Night Porters - Tram to the Harbour",
    "1979",
    "Сирена и Кометы - Лунный ветер",
    "Bruno Vantablack - Paper Lanterns (Live at Dock 9)",
    "Ünal & Søster - Fünf Minuten vor Mitternacht",
    "DJ Regolith - Dust <Club Mix>",
    "Ada Ferrow - 3.5 Degrees of Sunshine",
    "true",
)


def playlist(dice: random.Random, library: Sequence[str] = LIBRARY) -> Iterator[str]:
    """Yield the library for ever: first in its own order, then shuffled anew each round."""
    yield from library
    while True:
        yield from dice.sample(library, len(library))


async def announce(session: aiohttp.ClientSession, url: str, mount: str, title: str, password: str) -> bool:
    """Set the title of `mount`, as an encoder does. False if Icecast does not take it (the source may be away)."""
    query = {"mode": "updinfo", "mount": mount, "song": title, "charset": "UTF-8"}
    headers = {"Authorization": basic("source", password)}
    with suppress(aiohttp.ClientError, TimeoutError):
        async with session.get(f"{url}/admin/metadata", params=query, headers=headers) as answer:
            return answer.status == 200
    return False


async def play_titles(url: str, mounts: Sequence[str], password: str, seconds: float, dice: random.Random) -> None:
    """Give each mount a new title about every `seconds`, for ever."""
    async with aiohttp.ClientSession(timeout=PATIENCE) as session, asyncio.TaskGroup() as tasks:

        async def play(mount: str) -> None:
            for title in playlist(dice):
                await announce(session, url, mount, title, password)
                await asyncio.sleep(seconds * dice.uniform(0.6, 1.4))

        for mount in mounts:
            tasks.create_task(play(mount))
