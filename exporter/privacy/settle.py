"""Waits until everything that was told is in the tables, where it can be found.

A running exporter brings it there within seconds; without one, what was left in the journal is applied here.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, func, select

from exporter.audience.ledger import Ledger
from exporter.audience.recorder import Recorder
from exporter.audience.tallies import Tallies
from exporter.config.schema import Config
from exporter.errors import StoreFailed
from exporter.store.claim import Claim
from exporter.store.database import Database
from exporter.store.journal import position
from exporter.store.schema import journal

PATIENCE = 30.0
ASK_EVERY = 0.2
"""Seconds."""


@contextmanager
def alone(claim: Claim) -> Iterator[bool]:
    """Whether no exporter is running; then none begins to write within the block."""
    nobody = claim.try_take()
    try:
        yield nobody
    finally:
        if nobody:
            claim.release()


def last(connection: Connection) -> int:
    """The last row of the journal; 0 if it is empty."""
    return connection.scalar(select(func.max(journal.c.sequence))) or 0


def settle(database: Database, config: Config, claim: Claim, *, alone: bool) -> None:
    """Return when everything that was told so far is in the tables. `alone`: the claim is held for it."""
    told = database.read_now(last)
    if not alone:
        wait(database, told)
    elif told > database.read_now(position):
        asyncio.run(_apply(database, config, claim))


def wait(database: Database, sequence: int) -> None:
    """Until the running exporter has applied the journal up to this row; StoreFailed if it does not."""
    deadline = time.monotonic() + PATIENCE
    while database.read_now(position) < sequence:
        if time.monotonic() > deadline:
            raise StoreFailed(
                f"the running exporter has written nothing for {PATIENCE:.0f} s: see its log, then give the same"
                " command again"
            )
        time.sleep(ASK_EVERY)


async def _apply(database: Database, config: Config, claim: Claim) -> None:
    returning = config.privacy.mode == "stable"
    ledger = Ledger(
        lambda: Tallies(config.audience.royalty_countries, returning=returning),
        lambda: round(config.retention.sessions * 1000),
    )
    recorder = Recorder(database, ledger, CollectorRegistry(), claim)
    task = asyncio.create_task(recorder.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await recorder.loaded.wait()
    except TimeoutError:
        raise StoreFailed(recorder.problem or "the journal cannot be applied") from None
    finally:
        await recorder.stop()
        await task
