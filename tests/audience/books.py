"""An audience on a real SQLite file, stopped politely or as if killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from exporter.audience.audience import Audience
from exporter.audience.facts import Fact, fingerprint, session_key
from exporter.clock import milliseconds
from exporter.polling.supervise import Supervisor
from exporter.store.claim import Claim
from exporter.store.database import Database, database_url
from tests.running import config

AN_HOUR_AGO = milliseconds() - 3_600_000


@asynccontextmanager
async def audience(
    folder: Path, *, killed: bool = False, url: str | None = None, **sections: Any
) -> AsyncIterator[Audience]:
    """An audience that works. `killed`: at the end its tasks just stop, and what was not committed is lost."""
    settings = config(
        icecast=[{"name": "main", "url": "http://127.0.0.1:9", "listeners": {"enabled": False}}],
        state_dir=str(folder),
        **sections,
    )
    where = database_url(url, folder)
    database, claim = Database(where), Claim(where)
    registry = CollectorRegistry()
    supervisor = Supervisor(registry)
    books = Audience(settings, database, claim, folder, registry)
    books.start(supervisor)
    try:
        await asyncio.wait_for(books.loaded(), 10)
        yield books
        if not killed:
            await books.stop()
    finally:
        await supervisor.stop()
        await database.close()
        claim.release()


def play(books: Audience, name: str, kind: str, at: int, *, address: str = "192.0.2.1", **more: Any) -> Fact:
    """A fact of a session on channel jazz. `at` in seconds from an hour ago."""
    moment = AN_HOUR_AGO + at * 1000
    key = session_key("test", "s1", 0, name)
    who = books.listener(
        server="s1", channel=more.pop("channel", "jazz"), protocol="hls", address=address, agent="VLC/3.0", at=moment,
        country="DE",
    )  # fmt: skip
    event = more.pop("event", fingerprint(name, kind, at))
    return Fact("test", kind, key, moment, event, listener=who, **more)  # type: ignore[arg-type]
