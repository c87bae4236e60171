"""Somebody who listens, in an exporter's store, and what is kept of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from exporter.audience.audience import Audience
from exporter.audience.facts import Listen
from exporter.clock import milliseconds
from exporter.store.database import Database, database_url
from exporter.store.schema import audit, erasure, journal, listen, request, session
from tests.audience.books import audience, play
from tests.reports.airplay import Song, air, asks

ANNA, OTTO = "198.51.100.77", "198.51.100.78"


@asynccontextmanager
async def exporter(folder: Path, url: str | None, *, killed: bool = False) -> AsyncIterator[Audience]:
    """One that runs, and holds its database as `serve` does."""
    async with audience(folder, url=url, killed=killed) as books:
        await books.listens([])  # the first checkpoint comes at once, the next after two seconds
        await asyncio.sleep(0.2)
        yield books


async def listened(books: Audience) -> None:
    """Anna twice, on two players, and Otto once; each has reported a play too."""
    facts = [play(books, f"{name}{n}", "closed", 60, address=address, lasted=50_000, reason="left")
             for name, address, n in (("anna", ANNA, 1), ("anna", ANNA, 2), ("otto", OTTO, 1))]  # fmt: skip
    await books.tell(facts)
    who = [fact.listener for fact in facts[1:]]
    await books.listens(
        [Listen(milliseconds(), "jazz", one.identity, one.address, "DE", "VLC", "desktop", "e.org") for one in who]
    )


ASKED = milliseconds() - 3_600_000


async def asked(books: Audience) -> None:
    """Anna for three songs, of which one was never played and one is of no library; Otto for one."""
    anna, otto = books.requester(ANNA), books.requester(OTTO)
    rows = [
        {"asked": ASKED, "requester": anna, "song_id": 7, "outcome": "song_queued"},
        {"asked": ASKED + 1000, "requester": anna, "song_id": 99, "outcome": "pending"},
        {"asked": None, "requester": anna, "song_id": 0, "outcome": "expired"},
        {"asked": ASKED, "requester": otto},
    ]

    def fill(connection: Connection) -> None:
        asks(connection, rows)
        air(connection, 1, ASKED, Song(title="Halo"))
        air(connection, 2, ASKED + 1)  # its name was corrected
        air(connection, 3, ASKED + 2, Song(0, "Nobody", "Nothing"))
        air(connection, 4, ASKED + 3, Song(title="Another's", server="studio-b"))

    await books._database.write(fill)


def kept(folder: Path, url: str | None) -> dict[str, list[dict[str, object]]]:
    """Rows by table."""
    database = Database(database_url(url, folder))
    try:
        tables = (session, listen, request, journal, erasure, audit)
        return {
            table.name: database.read_now(
                lambda c, table=table: [dict(row) for row in c.execute(select(table)).mappings()]
            )
            for table in tables
        }
    finally:
        database.close_now()
