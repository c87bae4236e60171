"""A streaming server's event sink: it posts batches over several connections, and each until it is acknowledged."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec

from tests.integration.truth.exporter_process import TOKEN

Batch = Sequence[tuple[int, int]]

AGAIN_AFTER = 0.05
CONNECTIONS = 6


@dataclass
class Sender:
    """What it sends where, and how far it is.

    Attributes:
        url: of the door.
        batches: each is a list of events by session and place; they are written out only when they are sent.
        event: the event of a session and place.
        acknowledged: events that were answered with 200.
        unanswered: requests whose answer never came, and refusals: each is sent again.
    """

    url: str
    batches: Iterator[Batch]
    event: Callable[[int, int], object]
    acknowledged: int = 0
    unanswered: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Send everything."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=30),
        ) as session, asyncio.TaskGroup() as workers:  # fmt: skip
            for _ in range(CONNECTIONS):
                workers.create_task(self._work(session))

    async def reached(self, events: int) -> None:
        """Return when so many were acknowledged."""
        while self.acknowledged < events:
            self.progress.clear()
            await self.progress.wait()

    async def _work(self, session: aiohttp.ClientSession) -> None:
        for batch in self.batches:
            body = msgspec.json.encode([self.event(number, place) for number, place in batch])
            while not await self._acknowledged(session, body):
                self.unanswered += 1
                await asyncio.sleep(AGAIN_AFTER)
            self.acknowledged += len(batch)
            self.progress.set()

    async def _acknowledged(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        """Whether the exporter has promised to keep it. To be refused for any other reason than its store is a fault."""
        try:
            async with session.post(self.url, data=body) as reply:
                said = await reply.text()
                assert reply.status in (200, 503), f"{reply.status} {said}"
                return reply.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
