"""The playout's database fails in every way: the page says so, nobody else is late, and it is there again at once."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pymysql
import pytest
from aiohttp.test_utils import TestClient

from tests.faulty import faulty_icecast
from tests.mariadb import MariaDB, own_server
from tests.running import Scrape, config, exporter, icecast, scrape
from tests.sam.samdb import PASSWORD, SamDb, studio

pytestmark = pytest.mark.integration

INTERVAL, GRACE = 1.0, 10.0


@pytest.fixture
def server() -> Iterator[MariaDB]:
    """A MariaDB of this test's own, for it is killed."""
    with own_server() as running:
        yield running


async def becomes(client: TestClient[Any, Any], up: int, within: float = 2 * INTERVAL + GRACE) -> Scrape:
    """The page when `sam_up` is this."""
    until = time.monotonic() + within
    while True:
        page = await scrape(client)
        if page.get("sam_up", server="studio") == up:
            return page
        assert time.monotonic() < until, f"sam_up is not {up} after {within} s"
        await asyncio.sleep(0.05)


def failures(page: Scrape) -> dict[str, float]:
    """Failed polls by reason, those that there were."""
    return {
        labels["reason"]: count
        for labels in page.labels("sam_poll_failures_total")
        if (count := page.samples["sam_poll_failures_total", frozenset(labels.items())])
    }


def threads() -> int:
    """Those that speak to databases of playouts."""
    return sum(thread.name.startswith("sam-") for thread in threading.enumerate())


def studio_section(db: SamDb) -> dict[str, Any]:
    """An entry under `sam:`."""
    return {
        "name": "studio", "host": "127.0.0.1", "port": db.server.port, "database": db.name, "user": db.user,
        "password": PASSWORD, "interval": "1s", "timeout": "800ms",
    }  # fmt: skip


async def test_every_outage_is_said_and_ends_by_itself(server: MariaDB) -> None:
    async with faulty_icecast() as other:
        with studio(server) as db:
            db.plays(50)
            sections = config(icecast=[icecast(other.url, interval="2s", timeout="2s")], sam=[studio_section(db)])
            async with exporter(sections) as client:
                await becomes(client, 1)
                assert await counted(client, "S")
                most = threads()
                for outage in (killed, locked, stranger, frozen):
                    before = failures(await scrape(client))
                    reasons = await outage(client, server, db)
                    page = await becomes(client, 1, INTERVAL + GRACE)
                    new = {reason for reason, count in failures(page).items() if count > before.get(reason, 0)}
                    assert new, outage.__name__
                    assert new <= reasons, outage.__name__
                    assert page.get("icecast_up", server="main") == 1
                    assert (page.get("radio_exporter_task_restarts_total", task="sam/studio") or 0) == 0
                    assert threads() <= most
                db.play("2026-11-21 12:00:00", songtype="N")
                assert await counted(client, "N") == 1


async def counted(client: TestClient[Any, Any], kind: str) -> float | None:
    """Plays of a type, when there is one."""
    async with asyncio.timeout(30):
        while not (plays := (await scrape(client)).get("sam_plays_total", server="studio", songtype=kind)):
            await asyncio.sleep(0.1)
        return plays


async def down(client: TestClient[Any, Any]) -> None:
    """It is said; nobody else is late, and what is known stays."""
    page = await becomes(client, 0)
    took = []
    for _ in range(10):
        began = time.monotonic()
        page = await scrape(client)
        took.append(time.monotonic() - began)
        assert page.get("icecast_up", server="main") == 1
        assert page.get("sam_plays_total", server="studio", songtype="S")
        assert page.get("sam_queue_items", server="studio") is None
        await asyncio.sleep(0.1)
    assert sorted(took)[5] < 0.5  # who waited for the database would wait for 0.8 s


async def killed(client: TestClient[Any, Any], server: MariaDB, db: SamDb) -> set[str]:
    server.kill()
    await down(client)
    await asyncio.to_thread(server.start_again)
    db.root = db.connect(db.name)
    return {"connection"}


async def locked(client: TestClient[Any, Any], _: MariaDB, db: SamDb) -> set[str]:
    with db.locked("historylist"):
        await down(client)
        await asyncio.sleep(3)
    return {"timeout"}


async def stranger(client: TestClient[Any, Any], server: MariaDB, db: SamDb) -> set[str]:
    """The password is another one. A connection that is open is not asked again: the server ends it."""
    db.run(f"ALTER USER {db.user} IDENTIFIED BY 'another'")
    end_connections(server, db)
    await down(client)
    db.run(f"ALTER USER {db.user} IDENTIFIED BY '{PASSWORD}'")
    return {"auth", "connection"}


def end_connections(server: MariaDB, db: SamDb) -> None:
    """Throw the exporter out."""
    for (number,) in server.run(f"SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '{db.user}'"):
        with suppress(pymysql.err.OperationalError):  # it has gone by itself
            server.run(f"KILL {number}")


async def frozen(client: TestClient[Any, Any], server: MariaDB, _: SamDb) -> set[str]:
    """It takes connections, and says nothing."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        await down(client)
        await asyncio.sleep(2)
    finally:
        server.process.send_signal(signal.SIGCONT)
    return {"timeout", "connection"}
