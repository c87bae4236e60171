"""Deliver events as Flussonic's event sink does: in batches, in order, again and again until they are acknowledged."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

import aiohttp

from demo.mishap import Tell
from demo.viewings import Event

BATCH = 100
EVERY = 1.0
RETRY = 2.0
PATIENCE = aiohttp.ClientTimeout(total=10)
MOST_WAITING = 100_000  # what a server keeps while nobody takes its events; then the oldest go
WRONG = "mistyped"


class Outbox:
    """One server's events on their way to the exporter."""

    def __init__(self, name: str, url: str, token: str, tell: Tell) -> None:
        self.name = name
        self._url, self._token, self._tell = url, token, tell
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING)
        self._line = asyncio.Event()
        self._line.set()
        self._wrong_token = self._answer_lost = self._complained = False

    def put(self, events: Iterable[Event]) -> None:
        """Have these delivered."""
        self._waiting.extend(events)

    async def run(self) -> None:
        """Deliver for ever."""
        async with aiohttp.ClientSession(timeout=PATIENCE) as session:
            while True:
                await self._line.wait()
                await asyncio.sleep(EVERY if await self._deliver(session) else RETRY)

    async def cut(self, seconds: float) -> None:
        """Cut the line for so long: the events wait."""
        self._line.clear()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._line.set()

    def mistype_token(self) -> None:
        """Show a wrong token once."""
        self._wrong_token = True

    def lose_answer(self) -> None:
        """Overhear one answer, and so send that batch again."""
        self._answer_lost = True

    async def _deliver(self, session: aiohttp.ClientSession) -> bool:
        """Deliver all that waits, or as much as is acknowledged. False if something is not."""
        while self._waiting:
            batch = [self._waiting[number] for number in range(min(BATCH, len(self._waiting)))]
            if not await self._acknowledged(session, batch):
                return False
            for _ in batch:
                self._waiting.popleft()
        return True

    async def _acknowledged(self, session: aiohttp.ClientSession, batch: list[Event]) -> bool:
        said = "no answer"
        headers = {"Authorization": f"Bearer {WRONG if self._wrong_token else self._token}"}
        expected = self._wrong_token or self._answer_lost
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(f"{self._url}/api/webhook", json=batch, headers=headers) as answer:
                said = f"HTTP {answer.status}"
        taken = said == "HTTP 200" and not self._answer_lost
        self._wrong_token = self._answer_lost = False
        if not taken and not expected and not self._complained:
            self._tell(f"{self.name} cannot deliver its events, and keeps them: {said}")
        self._complained = not taken and not expected
        return taken
