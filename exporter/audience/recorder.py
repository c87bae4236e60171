"""Takes facts from everybody, commits them in groups, applies them, and writes checkpoints.

One task does all of it, so nothing here needs a lock: a group is in the journal before it changes anything in memory,
and whoever told it is answered behind both.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import Connection, select

from exporter.audience.facts import Fact, Listen, pack, unpack
from exporter.audience.ledger import Ledger
from exporter.audience.people import BLOCK, Pair
from exporter.errors import StoreFailed
from exporter.store import journal, sketches
from exporter.store.checkpoint import Checkpoint, CheckpointWriter
from exporter.store.database import Database
from exporter.store.migrations import migrate
from exporter.store.schema import listen, quarter_people, session, total
from exporter.store.sketches import Sketch
from exporter.store.upserts import Upsert, add

log = logging.getLogger(__name__)

LARGEST_GROUP = 2000
"""Facts in one commit: so many take some 30 ms to apply."""

APPLIED_AT_ONCE = 250
"""Facts between two turns of the event loop."""

LONGEST_QUEUE = 100_000
"""Facts that wait for their commit; who tells more is asked to come again."""

CHECKPOINT_SESSIONS, CHECKPOINT_AFTER = 1500, 2.0
"""A checkpoint is written when so many sessions wait for it, or after so many seconds."""

PEAKS_AFTER = 60.0
"""Seconds after which those who just stay are noted too: they are the peak of a quarter-hour in which nobody comes."""

TRY_AGAIN = 1.0
"""Seconds after which a database that failed is tried again."""

COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


_Found = tuple[list[Any], set[bytes]]
"""Rows of sessions, and those of the identities that have listened before."""


@dataclass(slots=True)
class _Group:
    """What is committed together, and who waits for it."""

    facts: list[Fact] = field(default_factory=list)
    plays: list[Listen] = field(default_factory=list)
    answers: list[asyncio.Future[None]] = field(default_factory=list)


def milliseconds() -> int:
    """Now."""
    return time.time_ns() // 1_000_000


class Recorder:
    """The one task that writes.

    Args:
        database: where to.
        ledger: what the facts are applied to.
        registry: for its own metrics.
    """

    def __init__(self, database: Database, ledger: Ledger, registry: CollectorRegistry) -> None:
        self._database, self._ledger = database, ledger
        self._writer = CheckpointWriter(database.dialect)
        self._totals = Upsert(database.dialect, total, add)
        self._queue: deque[tuple[Sequence[Fact], asyncio.Future[None]]] = deque()
        self._listens: list[tuple[Sequence[Listen], asyncio.Future[None] | None]] = []
        self._queued = 0
        self._wake = asyncio.Event()
        self._sequence = self._written = 0
        self._unfinished: Checkpoint | None = None
        self._checkpoint_at = 0.0
        self._stopping = False
        self._finished = asyncio.Event()
        self.problem: str | None = "the database is not open yet"
        self.hindrance: str | None = None
        """Why nothing may be stored at all, whatever the database says; a restart may mend it."""
        self.loaded = asyncio.Event()
        self._commits = Histogram(
            "radio_ingest_commit_duration_seconds",
            "How long the commit of a group of facts took.",
            buckets=COMMIT_BUCKETS,
            registry=registry,
        )
        self._failures = Counter(
            "radio_exporter_store_failures_total", "Times that the database could not be read or written.",
            registry=registry,
        )  # fmt: skip

    async def tell(self, facts: Sequence[Fact]) -> None:
        """Return when these are committed; StoreFailed if they are not, and nothing of them was taken."""
        if not facts:
            return
        self._refuse_if_useless(len(facts))
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((facts, answer))
        self._queued += len(facts)
        self._wake.set()
        await answer

    async def listens(self, rows: Sequence[Listen]) -> None:
        """As `tell`, for reported plays."""
        self._refuse_if_useless(len(rows))
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listens.append((rows, answer))
        self._queued += len(rows)
        self._wake.set()
        await answer

    def listen_soon(self, row: Listen) -> bool:
        """Write it with the next group; False if there is no room, and it is lost."""
        if self.problem or self._queued >= LONGEST_QUEUE:
            return False
        self._listens.append(([row], None))
        self._queued += 1
        self._wake.set()
        return True

    async def run(self) -> None:
        """Open the database, load what is known, and write until `stop`."""
        self.problem, self._unfinished = self.problem or "the database is read anew", None
        self.loaded.clear()
        while not self._stopping:
            if await self._opened():
                self.problem = None
                self.loaded.set()
                break
            await asyncio.sleep(TRY_AGAIN)
        while not self._stopping:
            await self._wait()
            await self._turn()
        await self._finish()

    async def stop(self) -> None:
        """Take nothing any more, write what waits, and let `run` return."""
        self._stopping = True
        self._wake.set()
        await self._finished.wait()

    async def _finish(self) -> None:
        while not self.problem and (self._queue or self._listens):
            await self._commit()
        if not self.problem:
            await self._checkpoint()
        self.problem = "the exporter is stopping"
        self._answer_all(StoreFailed(self.problem))
        self._finished.set()

    def _refuse_if_useless(self, more: int) -> None:
        if self.problem:
            raise StoreFailed(self.problem)
        if self._queued + more > LONGEST_QUEUE:
            raise StoreFailed("too much is waiting to be stored")

    async def _wait(self) -> None:
        """Until there is something to commit, or it is time for a checkpoint."""
        if self._queue or self._listens or self._stopping:
            return
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause()):
                await self._wake.wait()

    def _pause(self) -> float:
        if self.problem:
            return TRY_AGAIN
        if self._sequence == self._written and self._unfinished is None:
            return PEAKS_AFTER
        return max(self._checkpoint_at + CHECKPOINT_AFTER - time.monotonic(), 0.0)

    async def _turn(self) -> None:
        if self.problem:
            await self._try_again()
        elif self._queue or self._listens:
            await self._commit()
        if not self.problem and self._checkpoint_due():
            await self._checkpoint()

    def _checkpoint_due(self) -> bool:
        if self._ledger.waiting >= CHECKPOINT_SESSIONS:
            return True
        waited = time.monotonic() - self._checkpoint_at
        news = self._sequence > self._written or self._unfinished is not None
        return waited >= CHECKPOINT_AFTER and (news or waited >= PEAKS_AFTER)

    async def _try_again(self) -> None:
        try:
            await self._database.write(lambda connection: connection.scalar(select(1)))
        except StoreFailed as error:
            self._failed(error)
            await asyncio.sleep(TRY_AGAIN)
            return
        log.info("the database can be written again")
        self.problem = None

    def _failed(self, error: StoreFailed) -> None:
        self._failures.inc()
        if self.problem != str(error):
            log.error("%s; what is told now is refused, so that senders keep it", error)
        self.problem = str(error)
        self._answer_all(error)

    def _answer_all(self, error: StoreFailed) -> None:
        """Nobody who waits is served: each may come again."""
        waiting = [answer for _, answer in self._queue] + [answer for _, answer in self._listens if answer]
        self._queue.clear()
        self._listens, self._queued = [], 0
        _answer(waiting, error)

    async def _commit(self) -> None:
        """One group: into the journal, then into memory, then the answers."""
        group = self._next_group()
        try:
            found = await self._store(group)
        except StoreFailed as error:
            _answer(group.answers, error)
            self._failed(error)
            return
        await self._apply(group.facts, found)
        for play in group.plays:
            self._ledger.tallies.counters.stored("listens", play.source)
        _answer(group.answers)

    def _next_group(self) -> _Group:
        group = _Group()
        while self._queue and (not group.facts or len(group.facts) + len(self._queue[0][0]) <= LARGEST_GROUP):
            told, answer = self._queue.popleft()
            group.facts += told
            group.answers.append(answer)
        listens, self._listens = self._listens, []
        group.plays = [play for rows, _ in listens for play in rows]
        group.answers += [answer for _, answer in listens if answer is not None]
        self._queued -= len(group.facts) + len(group.plays)
        return group

    async def _store(self, group: _Group) -> _Found:
        """Commit; return the sessions that the facts are about and the listeners who were here before."""
        keys, identities = self._ledger.unknown(group.facts)
        self._sequence += 1  # also after a failure: the commit may have succeeded though its answer got lost
        sequence, packed = self._sequence, pack(group.facts)

        def work(connection: Connection) -> _Found:
            if group.facts:
                journal.append(connection, sequence, packed)
            if group.plays:
                self._store_plays(connection, group.plays)
            return _looked_up(keys, identities, connection)

        with self._commits.time():
            return await self._database.write(work)

    def _store_plays(self, connection: Connection, plays: list[Listen]) -> None:
        connection.execute(
            listen.insert(), [{name: getattr(play, name) for name in Listen.__struct_fields__} for play in plays]
        )
        counts: dict[str, int] = {}
        for play in plays:
            counts[play.source] = counts.get(play.source, 0) + 1
        self._totals.run(connection, [("listens", source, number) for source, number in sorted(counts.items())])

    async def _apply(self, facts: list[Fact], found: _Found) -> None:
        rows, known = found
        now = milliseconds()
        self._ledger.restore(rows, now)
        for start in range(0, len(facts), APPLIED_AT_ONCE):
            self._ledger.apply(facts[start : start + APPLIED_AT_ONCE], known, now)
            await asyncio.sleep(0)

    async def _checkpoint(self) -> None:
        """Write what waits. One that fails is written again later, before any other."""
        if self._unfinished is None:
            self._sequence += 1
            self._ledger.tallies.note_peaks(milliseconds())
            self._unfinished = self._ledger.gather(self._sequence)
        checkpoint = self._unfinished
        try:
            erased = await self._database.write(lambda connection: self._writer.write(connection, checkpoint))
        except StoreFailed as error:
            self._failed(error)
            return
        self._unfinished, self._written = None, checkpoint.sequence
        self._checkpoint_at = time.monotonic()
        self._ledger.committed(erased, milliseconds())

    async def _opened(self) -> bool:
        try:
            self._check_hindrance()
            await self._database.write(migrate)
            await self._load()
        except StoreFailed as error:
            self._failed(error)
            return False
        return True

    def _check_hindrance(self) -> None:
        if self.hindrance:
            raise StoreFailed(self.hindrance)

    async def _load(self) -> None:
        """What the tables say, then what the journal has beyond them."""
        stored = await self._database.write(_Stored.read)
        self._ledger.reset()
        self._ledger.restore(stored.open, milliseconds())
        for row in stored.totals:
            self._ledger.tallies.load(row.name, row.labels, row.value)
        self._ledger.erased_after = stored.erased_after
        self._sequence = self._written = stored.position
        await self._replay(stored.behind)

    async def load_people(self) -> None:
        """Who listened in the last month, six hours at a time, while everything else goes on already.

        The same sketch taken twice changes nothing, so it does not matter what is written meanwhile.
        """
        await self.loaded.wait()
        now = milliseconds()
        tallies = self._ledger.tallies
        for block in range(now - now % BLOCK, now - 122 * BLOCK, -BLOCK):
            for start, channel, pair in await self._database.read(partial(_people, block)):
                tallies.uniques.load(start, channel, pair, now)
                await asyncio.sleep(0)
        tallies.uniques.complete = True

    async def _replay(self, rows: list[tuple[int, bytes]]) -> None:
        for sequence, packed in rows:
            facts = unpack(packed)
            keys, identities = self._ledger.unknown(facts)
            await self._apply(facts, await self._database.write(partial(_looked_up, keys, identities)))
            self._sequence = sequence
        if rows:
            log.info("%d groups of facts were applied from the journal", len(rows))


def _answer(waiting: Iterable[asyncio.Future[None]], error: StoreFailed | None = None) -> None:
    """Tell them that it is done, or why not. Who has gone away meanwhile needs no answer."""
    for answer in waiting:
        if answer.done():
            continue
        if error is None:
            answer.set_result(None)
        else:
            answer.set_exception(error)


def _looked_up(keys: set[bytes], identities: set[bytes], connection: Connection) -> _Found:
    rows = journal.sessions(connection, keys)
    not_begun = {bytes(row.identity) for row in rows if not row.begun}
    return rows, journal.known(connection, identities | not_begun)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a start reads."""

    open: Sequence[Any]
    totals: Sequence[Any]
    erased_after: int
    position: int
    behind: list[tuple[int, bytes]]

    @classmethod
    def read(cls, connection: Connection) -> "_Stored":
        position = journal.position(connection)
        return cls(
            connection.execute(select(session).where(session.c.ended.is_(None))).all(),
            connection.execute(select(total)).all(),
            0,  # all that are kept: a kill may have come before their checkpoint
            position,
            journal.behind(connection, position),
        )


def _people(block: int, connection: Connection) -> list[tuple[int, str, Pair]]:
    """Every quarter-hour of six hours."""
    table = quarter_people.c
    query = select(table.start, table.channel, table.listeners, table.qualified_listeners)
    rows = connection.execute(query.where(table.start >= block, table.start < block + BLOCK))
    return [(start, channel, (_unpacked(one), _unpacked(other))) for start, channel, one, other in rows]


def _unpacked(blob: bytes | None) -> Sketch | None:
    return sketches.unpack(blob) if blob else None
