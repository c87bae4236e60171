"""A pretended Loki, which keeps nothing and is away at times: what the exporter pushes waits meanwhile, or is lost.

Whoever names a real one in LOKI_URL has no need of it.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from demo import mishap
from demo.mishap import Mishap, Tell
from demo.ports import LOOPBACK

FIRST_AFTER = 240.0
PAUSE = (500.0, 900.0)
AWAY, QUIET = 690.0, 30.0  # seconds; LokiAway is due after ten minutes
BUFFER = 100  # events that wait in the demo's exporter
LINES = 60  # of the script, each time: twice is more than wait, so EventsDropped is due
PATIENCE = aiohttp.ClientTimeout(total=5)


@dataclass(slots=True)
class Loki:
    """It and a talkative script, which tells `exporter` (its address). `here` = whether it takes what is pushed."""

    exporter: str
    token: str = field(repr=False)
    here: bool = True

    async def push(self, request: web.Request) -> web.Response:
        """Take what the exporter pushes."""
        await request.read()
        return web.Response(status=204 if self.here else 503)

    async def chatter(self) -> None:
        """The script tells of all that it does."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=PATIENCE, headers=headers) as session,
                session.post(f"{self.exporter}/api/v1/events", json=lines()),
            ):
                pass


def lines() -> list[dict[str, Any]]:
    """What the script tells, as `/api/v1/events` takes it."""
    event = {"level": "debug", "category": "scripting", "event": "script_step"}
    now = round(time.time(), 3)
    return [
        event | {"message": f"Weather script, step {step} of {LINES}.", "time": now} for step in range(1, LINES + 1)
    ]


async def away(loki: Loki, tell: Tell) -> None:
    """It takes nothing, and there is more to tell than can wait."""
    tell(
        f"Loki is away for {AWAY / 60:.0f} minutes, and a script talks too much:"
        " what waits is too much (EventsDropped is due, and LokiAway after 10 minutes)"
    )
    loki.here = False
    try:
        for _ in range(2):
            await asyncio.sleep(QUIET)
            await loki.chatter()
        await asyncio.sleep(AWAY - 2 * QUIET)
    finally:
        loki.here = True
    tell("Loki is back: what waited is pushed")


SCRIPT: tuple[Mishap[Loki], ...] = (away,)


def programme() -> Iterator[Mishap[Loki]]:
    """Yield mishaps for ever."""
    while True:
        yield from SCRIPT


@asynccontextmanager
async def pretended(
    port: int, exporter: str, token: str, tell: Tell, *, mishaps: bool
) -> AsyncIterator[tuple[Loki, asyncio.Task[None]]]:
    """Let it run on loopback for the length of the block. Yields it and its task."""
    loki = Loki(exporter, token)

    async def work() -> None:
        if mishaps:
            await mishap.happen(programme(), loki, tell, random.Random(), after=FIRST_AFTER, pause=PAUSE)
        await asyncio.Event().wait()

    app = web.Application(client_max_size=2**24)
    app.router.add_post("/loki/api/v1/push", loki.push)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    task = asyncio.create_task(work())
    try:
        yield loki, task
    finally:
        task.cancel()
        await asyncio.wait([task])
        await runner.cleanup()
