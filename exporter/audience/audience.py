"""The audience as the rest of the exporter sees it: who tells, who asks, who scrapes."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from exporter.audience import metrics
from exporter.audience.attendance import Attendance
from exporter.audience.desk import Desk
from exporter.audience.facts import Fact, Listen
from exporter.audience.ledger import Ledger
from exporter.audience.recorder import Recorder
from exporter.audience.tallies import Tallies
from exporter.clock import milliseconds
from exporter.config.schema import Config
from exporter.errors import StoreFailed
from exporter.page import Block
from exporter.polling.supervise import Supervisor
from exporter.store.claim import Claim
from exporter.store.database import Database
from exporter.store.retention import Cleaner

log = logging.getLogger(__name__)

REFUSALS = ("auth", "content", "depth", "json", "rate", "stale", "store", "timeout", "too_large", "type")
"""Why something that was told was not taken: the label `reason` of `radio_ingest_rejected_total`."""

RENDER_AFTER = 1.0
"""Seconds for which the samples of a scrape are good."""

COUNT_LISTENERS_EVERY = 5.0
EXPIRE_EVERY = 5.0


class Audience:
    """Sessions, listeners and their figures.

    Args:
        config: the sections audience, geoip, privacy and the rest are read from.
        database: where sessions are kept.
        claim: that the database is ours alone.
        state_dir: where the key is made if none is configured.
        registry: for the metrics of the parts themselves.
    """

    def __init__(
        self, config: Config, database: Database, claim: Claim, state_dir: Path, registry: CollectorRegistry
    ) -> None:
        self._config, self._database = config, database
        self._desk = Desk(config, state_dir)
        self.listener = self._desk.listener
        """Looks up who listens, and hashes: see there."""
        self._ledger = Ledger(self._begin, lambda: round(self._config.retention.sessions * 1000))
        self._claim = claim
        self._recorder = Recorder(database, self._ledger, registry, claim)
        self._recorder.hindrance = self._desk.keyless
        self._attendances: dict[str, Attendance] = {}
        self.rejections: Counter[tuple[str, str]] = Counter()
        self.clamps: Counter[str] = Counter()
        self.listens_dropped = 0
        self.unique: dict[str, metrics.Distinct] = {}
        self.store_size: metrics.StoreSize | None = None
        self._rendered: tuple[float, Block] = (0.0, {})

    def start(self, supervisor: Supervisor) -> None:
        """Begin to work."""
        supervisor.start("audience recorder", self._recorder.run)
        supervisor.start("audience listeners of the month", self._recorder.month.run)
        supervisor.start("audience distinct listeners", self._count_listeners)
        supervisor.start("audience expiry", self._expire)
        supervisor.start("audience claim", lambda: self._claim.keep(self._recorder.suspend))
        supervisor.start("audience places", self._desk.watch_geoip)
        supervisor.start("audience retention", self._clean)

    async def stop(self) -> None:
        """Write what waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._recorder.stop()
        self._desk.close()

    async def reconfigure(self, config: Config) -> None:
        """Take over a new configuration; what it cannot take over without a restart, it says."""
        await self._desk.reconfigure(config)
        for key in ("state_dir", "store", "privacy", "audience.royalty_countries"):
            part = attrgetter(key)
            if part(config) != part(self._config):
                log.warning("%s has changed, which takes a restart", key)
        self._config = config

    async def loaded(self) -> None:
        """Return when everything that the store had is known."""
        await self._recorder.loaded.wait()

    @property
    def store_problem(self) -> str | None:
        """Why nothing can be stored at the moment."""
        return self._recorder.problem

    @property
    def tallies(self) -> Tallies:
        """Every figure."""
        return self._ledger.tallies

    def known(self, key: bytes) -> bool:
        """The session is in memory: a fact about it needs no listener."""
        return key in self._ledger.sessions

    def requester(self, address: str) -> bytes | None:
        """Who asked for a song: the keyed hash of the address alone; None where no key outlives the day."""
        return self._desk.requester(address, milliseconds())

    async def tell(self, facts: Sequence[Fact]) -> None:
        """Return when these are committed; StoreFailed if they cannot be."""
        await self._recorder.tell(facts)

    async def listens(self, rows: Sequence[Listen]) -> None:
        """Return when these plays are committed; StoreFailed if they cannot be."""
        await self._recorder.listens(rows)

    def listen_soon(self, row: Listen) -> None:
        """Store a play in the background; it is counted if there is no room for it."""
        if not self._recorder.listen_soon(row):
            self.listens_dropped += 1

    def rejected(self, sender: str, reason: str, number: int = 1) -> None:
        """Something that was told was not taken."""
        self.rejections[sender, reason] += number

    def clamped(self, sender: str, number: int) -> None:
        """So many values made no sense and were put right."""
        self.clamps[sender] += number

    def attendance(self, server: str) -> Attendance:
        """The lists of listeners of one Icecast."""
        if server not in self._attendances:
            self._attendances[server] = Attendance(server, self, milliseconds)
        return self._attendances[server]

    def connection_key(self, server: str, connection: int) -> bytes | None:
        """The session of a connection to an Icecast; None while the server's start is not known."""
        return self.attendance(server).key(connection)

    def know(self, server: str, channel: str) -> None:
        """There is such a channel, whether anybody listens or not."""
        self.tallies.know(*self._desk.labels(server, channel))

    def connections(self, server: str) -> dict[int, bytes]:
        """The open sessions of an Icecast, by the number of their connection."""
        return {
            session.listener.connection: session.key
            for session in self._ledger.sessions.values()
            if session.listener.connection is not None and session.listener.server == server and session.ended is None
        }

    def left(self, keys: Iterable[bytes], reason: str) -> list[Fact]:
        """These have ended when they were last seen: those of them that are still open."""
        sessions = (self._ledger.sessions.get(key) for key in keys)
        return [
            Fact(session.sender, "closed", session.key, session.seen, reason=reason, final=False, begins=False)
            for session in sessions
            if session is not None and session.ended is None
        ]

    def active(self) -> dict[str, list[dict[str, Any]]]:
        """The sessions of the moment by every dimension, as `/stats/active` shows them."""
        return metrics.active(self.tallies.present, self._config.geoip.min_cell)

    def block(self) -> Block:
        """The samples of `/metrics`, at most a second old; the same object while nothing changed."""
        now = asyncio.get_running_loop().time()
        at, block = self._rendered
        if not block or now - at >= RENDER_AFTER:
            fresh = metrics.render(self._state())
            # The page is put together and packed anew only if a block is another object than before.
            self._rendered = now, block if fresh == block else fresh
        return self._rendered[1]

    def _state(self) -> metrics.State:
        return metrics.State(
            tallies=self.tallies if self._recorder.loaded.is_set() else None,
            min_cell=self._config.geoip.min_cell,
            unique=self.unique,
            rejections=dict.fromkeys(_refusable(self._config), 0) | self.rejections,
            clamps=self.clamps,
            listens_dropped=self.listens_dropped,
            store_up=self.store_problem is None,
            store_size=self.store_size,
            geoip_built=self._desk.geoip_built,
            utc_offset=_utc_offset(self._config.station.timezone),
            dropped=self._desk.dropped,
        )

    def _begin(self) -> Tallies:
        return Tallies(self._config.audience.royalty_countries, returning=self._desk.returning)

    async def _count_listeners(self) -> None:
        """Count the distinct listeners again and again: too dear for a scrape."""
        await self._recorder.loaded.wait()
        self._desk.know(self.tallies.counters)
        while True:
            counted = {}
            for channel in self.tallies.uniques.channels():
                counted[channel] = metrics.distinct(self.tallies.uniques, channel, milliseconds())
                await asyncio.sleep(0)
            self.unique = counted if self.tallies.uniques.complete else {}
            await asyncio.sleep(COUNT_LISTENERS_EVERY)

    async def _expire(self) -> None:
        """Sessions of which nothing was heard for long are over."""
        await self._recorder.loaded.wait()
        while True:
            await asyncio.sleep(min(EXPIRE_EVERY, float(self._config.audience.idle_after)))
            before = milliseconds() - round(self._config.audience.idle_after * 1000)
            idle = [session.key for session in self._ledger.idle(before)]
            with suppress(StoreFailed):  # which the recorder has logged; the next round tries again
                await self.tell(self.left(idle, "expired"))

    async def _clean(self) -> None:
        """Keep nothing for longer than was promised, and see how much is kept."""
        await self._recorder.loaded.wait()
        async for size in Cleaner(self._database, lambda: self._config.retention).rounds():
            self.store_size = metrics.StoreSize(size.rows, size.size, size.lag)


def _utc_offset(timezone: str) -> float:
    """Seconds that a zone's clock is ahead of UTC now."""
    offset = datetime.now(ZoneInfo(timezone)).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _refusable(config: Config) -> Iterable[tuple[str, str]]:
    """Who may be refused and why, where doors are open at all: so that the first refusal is a step from 0."""
    ingest = config.ingest
    senders = ["listens"] if config.listens.sources else []
    if ingest.token or ingest.password or ingest.allow_networks:
        senders += ["flussonic", "icecast_auth", "events", *(mapping.name for mapping in ingest.mappings)]
        senders += ["playout"] if config.playout else []
    return ((sender, reason) for sender in senders for reason in REFUSALS)
