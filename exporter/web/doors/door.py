"""The doors through which others tell us things, and what happens to whoever is refused at one."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Protocol

from aiohttp import hdrs, web

from exporter.audience.facts import Fact, Listen
from exporter.config.networks import Address, Networks
from exporter.config.schema import Config
from exporter.errors import StoreFailed
from exporter.ingest import reading
from exporter.ingest.flussonic import Flussonic
from exporter.ingest.mapped import Mapped
from exporter.ingest.reading import Decoder, Told, Unreadable
from exporter.polling.complaints import Complaints
from exporter.web.doors import bodies
from exporter.web.doors.locks import Locks
from exporter.web.doors.peers import peer
from exporter.web.doors.rate import Rate
from exporter.web.doors.recent import Recent
from exporter.web.doors.refusal import Refusal, too_often

UNKNOWN_MAPPING = "unknown"
"""The sender of whoever names a mapping that is not configured."""

RETRY_AFTER_STORE = 5
"""Seconds after which a sender may try again when the store has failed."""


class Audience(reading.Audience, Protocol):
    """What the doors need of the audience."""

    async def tell(self, facts: Sequence[Fact]) -> None:
        """Return when these are committed; StoreFailed."""

    async def listens(self, rows: Sequence[Listen]) -> None:
        """Return when these plays are committed; StoreFailed."""

    def listen_soon(self, row: Listen) -> None:
        """Store a play in the background."""

    def rejected(self, sender: str, reason: str, number: int = 1) -> None:
        """Something that was told was not taken."""

    def clamped(self, sender: str, number: int) -> None:
        """So many values made no sense and were put right."""


class Doors:
    """Everything that a configuration says of the doors."""

    def __init__(self, config: Config, audience: Audience) -> None:
        self.audience, self.recent, self.unkept = audience, Recent(), Complaints("kept")
        self._background: set[asyncio.Task[None]] = set()
        self.replace(config)

    def replace(self, config: Config) -> None:
        """Take over a configuration, after a reload."""
        self.config = config
        self.trusted = Networks(config.web.trusted_proxies)
        self.locks = Locks(config.ingest, self.trusted)
        self.rate, self.listen_rate = Rate(config.ingest.rate), Rate(config.listens.rate)
        self._decoders: dict[str | None, Decoder] = {
            mapping.name: Mapped(mapping) for mapping in config.ingest.mappings
        }
        self._decoders[None] = Flussonic()

    def sender(self, mapping: str | None) -> str:
        """The label `sender` of a mapping, or of Flussonic."""
        return self._decoders[mapping].sender if mapping in self._decoders else UNKNOWN_MAPPING

    def decoder(self, mapping: str | None) -> Decoder:
        """The decoder of a configured mapping, or Flussonic's."""
        if mapping in self._decoders:
            return self._decoders[mapping]
        known = ", ".join(name for name in self._decoders if name) or "none"
        raise Unreadable("type", f"no mapping of this name is configured under `ingest.mappings`; there are: {known}")

    def peer(self, request: web.Request) -> Address | None:
        """Who sent a request."""
        return peer(request, self.trusted)

    def admit(self, request: web.Request) -> None:
        """Refusal for whoever may not push."""
        try:
            self.locks.check(request)
        except Refusal:
            if not self.rate.admits(self.peer(request), "refused"):
                raise too_often() from None
            raise

    def pace(self, request: web.Request) -> None:
        """Refusal for whoever pushes too often."""
        if not self.rate.admits(self.peer(request)):
            raise too_often()

    async def body(self, request: web.Request, most: int | None = None) -> bytes:
        """The request's body, or a Refusal; `most` = bytes, where less will do than what is configured."""
        return await bodies.read(request, min(self.config.ingest.max_body, most or self.config.ingest.max_body))

    async def tell(self, sender: str, told: Told) -> None:
        """Have it committed, and count what was not as it should be. Counted last: who is refused comes again."""
        if told.facts:
            await self.audience.tell(told.facts)
        self.count(sender, told)

    def count(self, sender: str, told: Told) -> None:
        """Count what was clamped and what was too old."""
        if told.clamped:
            self.audience.clamped(sender, told.clamped)
        if told.stale:
            self.audience.rejected(sender, "stale", told.stale)

    async def in_background(self, work: Coroutine[None, None, None], patience: float) -> None:
        """Do something that goes on by itself if it takes longer than so many seconds."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        await asyncio.wait({task}, timeout=patience)


DOORS = web.AppKey("doors", Doors)


async def through(
    request: web.Request, sender: Callable[[Doors], str], work: Callable[[Doors], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Do the work of a door; whatever is refused on the way is counted and answered."""
    doors = request.app[DOORS]
    try:
        return await work(doors)
    except (Refusal, Unreadable, StoreFailed) as error:
        refusal = refused(error)
        doors.audience.rejected(sender(doors), refusal.reason)
        return await refusal.answer(request)


def refused(error: Refusal | Unreadable | StoreFailed) -> Refusal:
    """What is answered for an error."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Unreadable):
        return Refusal(400, error.reason, str(error))
    message = "the exporter cannot store anything at the moment; /-/ready says why"
    return Refusal(503, "store", message, {hdrs.RETRY_AFTER: str(RETRY_AFTER_STORE)})
