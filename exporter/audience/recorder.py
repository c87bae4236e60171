"""Takes facts from everybody, commits them in groups, applies them, and writes checkpoints.

One task does all of it, so nothing here needs a lock: a group is in the journal before it changes anything in memory,
and whoever told it is answered behind both.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Histogram
from sqlalchemy import Connection, update

from exporter.audience import opening
from exporter.audience.facts import Fact, Listen, pack
from exporter.audience.intake import LARGEST_GROUP, Group, Intake
from exporter.audience.intake import tell as answer
from exporter.audience.ledger import Ledger
from exporter.audience.month import Month
from exporter.audience.opening import Found
from exporter.clock import milliseconds
from exporter.errors import StoreFailed
from exporter.store import journal
from exporter.store.checkpoint import Checkpoint, CheckpointWriter
from exporter.store.claim import TAKEN, Claim
from exporter.store.database import Database
from exporter.store.migrations import migrate
from exporter.store.plays import Plays
from exporter.store.schema import progress

log = logging.getLogger(__name__)

APPLIED_AT_ONCE, LONGEST_TURN = 50, 0.01
"""Facts, and seconds, between two turns of the event loop."""

CHECKPOINT_SESSIONS, CHECKPOINT_AFTER = 1000, 2.0
"""A checkpoint is written when so many sessions wait for it, or after so many seconds."""

PEAKS_AFTER = 60.0
"""Seconds after which those who just stay are noted too: they are the peak of a quarter-hour in which nobody comes."""

TRY_AGAIN = 1.0
"""Seconds after which a database that failed is tried again."""

COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

STUMBLED = "the exporter stumbled over a bug of its own, see its log"


class Recorder:
    """The one task that writes.

    Args:
        database: where to.
        ledger: what the facts are applied to.
        registry: for its own metrics.
        claim: that the database is ours; nothing is written without it.
    """

    def __init__(self, database: Database, ledger: Ledger, registry: CollectorRegistry, claim: Claim) -> None:
        self._database, self._ledger, self._claim = database, ledger, claim
        self._writer, self._plays = CheckpointWriter(database.dialect), Plays(database.dialect)
        self._intake = Intake()
        self._sequence = self._written = 0
        self._unfinished: Checkpoint | None = None
        self._checkpoint_at = 0.0
        self._stopping = False
        self._finished = asyncio.Event()
        self.month = Month(database, ledger)
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
        """Return when these are committed; StoreFailed if not all of them are, and all may be told again."""
        for first in range(0, len(facts), LARGEST_GROUP):
            self._refuse_if_failing()
            await self._intake.facts(facts[first : first + LARGEST_GROUP])

    async def listens(self, rows: Sequence[Listen]) -> None:
        """As `tell`, for reported plays."""
        self._refuse_if_failing()
        await self._intake.plays(rows)

    def listen_soon(self, row: Listen) -> bool:
        """Write it with the next group; False if there is no room, and it is lost."""
        if self.problem or self._intake.full:
            return False
        self._intake.play_soon(row)
        return True

    def suspend(self, why: str) -> None:
        """Take nothing until the database is ours and can be written again."""
        self._failed(StoreFailed(why))

    async def run(self) -> None:
        """Open the database, load what is known, and write until `stop`."""
        self.problem, self._unfinished = self.problem or "the database is read anew", None
        self.loaded.clear()
        try:
            await self._open()
            while not self._stopping:
                await self._wait()
                await self._turn()
            await self._finish()
        except Exception:
            self.problem = STUMBLED
            self._intake.refuse(StoreFailed(STUMBLED))
            raise

    async def stop(self) -> None:
        """Take nothing any more, write what waits, and let `run` return."""
        self._stopping = True
        self._intake.came.set()
        await self._finished.wait()

    def _refuse_if_failing(self) -> None:
        if self.problem:
            raise StoreFailed(self.problem)

    async def _finish(self) -> None:
        while not self.problem and self._intake:
            await self._commit()
        if not self.problem:
            await self._checkpoint()
        self.problem = "the exporter is stopping"
        self._intake.refuse(StoreFailed(self.problem))
        self._finished.set()

    async def _wait(self) -> None:
        """Until there is something to commit, or it is time for a checkpoint."""
        if self._intake or self._stopping:
            return
        self._intake.came.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause()):
                await self._intake.came.wait()

    def _pause(self) -> float:
        if self.problem:
            return TRY_AGAIN
        if self._sequence == self._written and self._unfinished is None:
            return PEAKS_AFTER
        return max(self._checkpoint_at + CHECKPOINT_AFTER - time.monotonic(), 0.0)

    async def _turn(self) -> None:
        if self.problem:
            await self._try_again()
        elif self._intake:
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
        """Write what could not be written, or else something that changes nothing: reading would prove little."""
        try:
            await self._check_ours()
            if self._unfinished is not None:
                await self._write(self._unfinished)
            else:
                await self._database.write(lambda c: c.execute(update(progress).values(id=progress.c.id)).rowcount)
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
        self._intake.refuse(error)

    async def _commit(self) -> None:
        """One group: into the journal, then into memory, then the answers."""
        group = self._intake.next_group()
        try:
            await self._apply(group, await self._store(group))
        except StoreFailed as error:
            answer(group.answers, error)
            self._failed(error)
        except BaseException:
            answer(group.answers, StoreFailed(STUMBLED))
            raise

    async def _store(self, group: Group) -> Found:
        """Commit; return the sessions that the facts are about and the listeners who were here before."""
        keys, identities = self._ledger.unknown(group.facts)
        self._sequence += 1  # also after a failure: the commit may have succeeded though its answer got lost
        sequence, packed = self._sequence, pack(group.facts)

        def work(connection: Connection) -> Found:
            if group.facts:
                journal.append(connection, sequence, packed)
            self._plays.store(connection, group.plays)
            return opening.looked_up(keys, identities, connection)

        with self._commits.time():
            return await self._database.write(work)

    async def _apply(self, group: Group, found: Found) -> None:
        await self._apply_facts(group.facts, found)
        for play in group.plays:
            self._ledger.tallies.counters.stored("listens", play.source)
        answer(group.answers)

    async def _apply_facts(self, facts: list[Fact], found: Found) -> None:
        now, turn = milliseconds(), time.perf_counter()
        self._ledger.restore(found.sessions, now)
        for first in range(0, len(facts), APPLIED_AT_ONCE):
            self._ledger.apply(facts[first : first + APPLIED_AT_ONCE], found.known, now)
            if time.perf_counter() - turn > LONGEST_TURN:
                await asyncio.sleep(0)
                turn = time.perf_counter()

    async def _checkpoint(self) -> None:
        """Write what waits. One that fails is written again later, before any other."""
        if self._unfinished is None:
            self._sequence += 1
            self._ledger.tallies.note_peaks(milliseconds())
            self._unfinished = self._ledger.gather(self._sequence)
        try:
            await self._write(self._unfinished)
        except StoreFailed as error:
            self._failed(error)

    async def _write(self, checkpoint: Checkpoint) -> None:
        erased = await self._database.write(lambda connection: self._writer.write(connection, checkpoint))
        self._unfinished, self._written = None, checkpoint.sequence
        self._checkpoint_at = time.monotonic()
        self._ledger.committed(erased, milliseconds())

    async def _open(self) -> None:
        while not self._stopping:
            try:
                await self._check_ours()
                await self._database.write(migrate)
                await self._load()
            except StoreFailed as error:
                self._failed(error)
                await asyncio.sleep(TRY_AGAIN)
                continue
            self.problem = None
            self.loaded.set()
            self.month.due.set()
            return

    async def _check_ours(self) -> None:
        if self.hindrance:
            raise StoreFailed(self.hindrance)
        if not await asyncio.to_thread(self._claim.try_take):
            raise StoreFailed(TAKEN)

    async def _load(self) -> None:
        """What the tables say, then what the journal has beyond them."""
        stored = await self._database.write(opening.read)
        self._ledger.reset()
        self._ledger.restore(stored.open, milliseconds())
        for row in stored.totals:
            self._ledger.tallies.load(row.name, row.labels, row.value)
        self._sequence = self._written = stored.position
        for sequence, packed in stored.behind:
            facts = opening.facts_of(packed)
            keys, identities = self._ledger.unknown(facts)
            found = await self._database.write(partial(opening.looked_up, keys, identities))
            await self._apply_facts(facts, found)
            self._sequence = sequence
        if stored.behind:
            log.info("%d groups of facts were applied from the journal", len(stored.behind))
