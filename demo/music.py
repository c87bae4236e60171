"""The music of the station: its playout, those who ask for songs, and a mishap now and then, on one database."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from demo.callers import Callers
from demo.errors import DemoError
from demo.library import library
from demo.mariadb import Address, Database
from demo.mishap import Tell
from demo.music_mishaps import Music, happen
from demo.past import Past, invent
from demo.programme import FEEDS, LIVE, OGG
from demo.readiness import accepts, until
from demo.sam_tables import EXPORTER, lock_exporter_out
from demo.studio import Away, Studio, Work
from demo.zone import local_zone

MOUNTS = (LIVE, OGG)
"""What the playout feeds."""

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What the playout works on. `database` is for mishaps."""

    studio: Studio
    database: Database


class Elsewhere:
    """A database in a container of its own: it cannot be stopped from here, but the exporter can be kept out."""

    def __init__(self, address: Address, studio: Studio) -> None:
        self.address = address
        self._studio = studio

    async def hold_down(self, seconds: float) -> None:
        """Keep the exporter out for so long."""
        with suppress(Away):
            await self._studio.do(lock_exporter_out)
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(Away):
                await self._studio.do(lambda cursor: cursor.execute(f"ALTER USER {EXPORTER}@'%' ACCOUNT UNLOCK"))


@asynccontextmanager
async def studio(address: Address, audience: int) -> AsyncIterator[Studio]:
    """Open the database for the length of the block: with its tables, and a year of music in it.

    `audience` = listeners of the whole station at the best hour of the day.
    """
    zone = ZoneInfo(local_zone())
    share = sum(feed.popularity for feed in FEEDS if feed.mount in MOUNTS)
    items = library()

    def past() -> Past:
        return invent(items, time.time(), zone, round(audience * share), random.Random())

    one = Studio(address, zone)
    try:
        await _prepare(one, address, one.prepare(items, past))
        yield one
    finally:
        await one.close()


async def play(music: Music, speed: float, tell: Tell, dice: random.Random, *, mishaps: bool) -> None:
    """Play, and have listeners ask for songs, for ever."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(music.playout.run())
        tasks.create_task(Callers(music.playout, speed, dice).run())
        if mishaps:
            tasks.create_task(happen(music, tell, dice))


async def _prepare(one: Studio, address: Address, work: Work[None]) -> None:
    where = f"the playout's database at {address.host}:{address.port}"
    try:
        async with asyncio.timeout(PATIENCE):
            await until(lambda: accepts(address.host, address.port))
        await one.do(work)
    except TimeoutError:
        raise DemoError(f"{where} does not answer") from None
    except Away as error:
        raise DemoError(f"{where} cannot be filled: {error.__cause__}") from error
