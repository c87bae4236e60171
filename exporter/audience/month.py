"""Reads from the store who listened in the last month, while everything else goes on already."""

import asyncio
from functools import partial

from exporter.audience import opening
from exporter.audience.ledger import Ledger
from exporter.audience.people import BLOCK, BLOCKS
from exporter.clock import milliseconds
from exporter.errors import StoreFailed
from exporter.store.database import Database

TRY_AGAIN = 1.0
"""Seconds after which a database that failed is asked again."""


class Month:
    """The listeners of the month, six hours at a time.

    The same sketch taken twice changes nothing, so it does not matter what is written meanwhile.

    Args:
        database: has them.
        ledger: takes them.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database, self._ledger = database, ledger
        self.due = asyncio.Event()
        """Set when the ledger has begun anew and wants them."""

    async def run(self) -> None:
        """Read them each time they are due."""
        while True:
            await self.due.wait()
            self.due.clear()
            try:
                await self._read()
            except StoreFailed:  # the next write says so too
                await asyncio.sleep(TRY_AGAIN)
                self.due.set()

    async def _read(self) -> None:
        now, uniques = milliseconds(), self._ledger.tallies.uniques
        for block in range(now - now % BLOCK, now - BLOCKS * BLOCK, -BLOCK):
            for start, channel, pair in await self._database.read(partial(opening.people, block)):
                uniques.load(start, channel, pair, now)
                await asyncio.sleep(0)
        uniques.complete = True
