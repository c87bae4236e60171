"""The event log: takes events from everybody, keeps them in the store, and shows them to whoever watches.

What the exporter sees waits here while the store is away, within bounds. What others push is answered when it is kept.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import islice

from sqlalchemy import Connection

from exporter.errors import RowsRefused, StoreFailed
from exporter.event import Event, Tell
from exporter.events.counts import Counts
from exporter.events.fitting import fitted
from exporter.store import events as store
from exporter.store.database import Database
from exporter.store.events import Kept

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events that wait for the store; beyond that the oldest are given up."""

MOST_PUSHED = 20_000
"""Pushed events that wait for their commit; who comes then is asked to come again."""

GROUP = 500
"""Events of one commit: some 100 ms of the thread that writes."""

TRY_AGAIN = 1.0
"""Seconds after which a store that failed is tried again."""

LAST_WORDS = 5.0
"""Seconds for what waits when the exporter stops."""

Watcher = Callable[[Sequence[Kept]], None]
"""Is shown events as they are kept; returns at once."""

Push = tuple[Sequence[tuple[Event, bool]], "asyncio.Future[int]"]
"""Events, each with whether it is kept once however often it comes; and who waits to hear how many were new."""


class EventLog:
    """The log.

    Args:
        database: where events are kept.
        ready: returns when its tables are there.
        problem: why nothing can be stored at the moment.
    """

    def __init__(
        self, database: Database, ready: Callable[[], Awaitable[None]], problem: Callable[[], str | None]
    ) -> None:
        self._database, self._ready, self._problem = database, ready, problem
        self.counts = Counts()
        self.sinks: list[Tell] = []
        """Who is handed each event beside the store: at once, or, if it was pushed, once it is kept."""
        self.watchers: set[Watcher] = set()
        self._told: deque[Event] = deque()
        self._pushed: deque[Push] = deque()
        self._in_doubt = False
        self._came = asyncio.Event()
        self._writing = asyncio.Lock()

    def tell(self, event: Event) -> None:
        """Take what the exporter sees."""
        try:
            kept = fitted(event)
        except Exception:
            log.exception("an event that is none, which is a bug of the exporter")
            self.counts.dropped["store"] += 1
            return
        self._hand_on(kept)
        if len(self._told) >= MOST_WAITING:
            self._told.popleft()
            self.counts.dropped["store"] += 1
        self._told.append(kept)
        self._came.set()

    async def take(self, events: Sequence[Event], dated: Sequence[bool]) -> int:
        """Return when these, which were pushed, are kept, and how many of them were new.

        StoreFailed, and then none of them is; RowsRefused where that is because of what is in them.

        `dated` = of each whether its time is the sender's: then it is kept once, however often it is sent.
        """
        if problem := self._problem():
            raise StoreFailed(problem)
        if sum(len(waiting) for waiting, _ in self._pushed) >= MOST_PUSHED:
            raise StoreFailed("too many events are waiting to be stored")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pushed.append((list(zip(map(fitted, events), dated, strict=True)), answer))
        self._came.set()
        return await answer

    async def keep(self, events: Sequence[Event]) -> int:
        """As `take`, each once, for somebody who can wait until the store is open; what it refuses is given up."""
        await self._ready()
        try:
            return await self.take(events, [True] * len(events))
        except RowsRefused:
            new, refused = 0, list[tuple[Event, RowsRefused]]()
            for one in events:
                try:
                    new += await self.take([one], [True])
                except RowsRefused as error:
                    refused.append((one, error))
            for one, why in refused:  # now that all of them are dealt with, and none comes again
                self._give_up(one, why)
            return new

    async def run(self) -> None:
        """Keep events for ever."""
        await self._ready()
        while True:
            await self._came.wait()
            self._came.clear()
            try:
                while self._told or self._pushed:
                    await self._keep()
            except StoreFailed as error:
                self._refuse(error)
                await asyncio.sleep(TRY_AGAIN)
                self._came.set()
            except BaseException:
                self._refuse(StoreFailed("the event log stopped"))
                raise

    async def stop(self) -> None:
        """Keep what waits, if that is possible in a moment."""
        with suppress(StoreFailed, TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                while self._told or self._pushed:
                    await self._keep()
        self._refuse(StoreFailed("the exporter is stopping"))
        if self._told:
            log.warning("%d events cannot be kept, for the store is away: they are lost", len(self._told))

    def _hand_on(self, event: Event) -> None:
        self.counts.happened(event)
        for sink in self.sinks:
            sink(event)

    async def _keep(self) -> None:
        """One group; StoreFailed, and then what the exporter saw waits for the next attempt."""
        async with self._writing:
            if problem := self._problem():
                raise StoreFailed(problem)
            told, pushed = list(islice(self._told, GROUP)), self._next_pushed()
            try:
                try:
                    await self._commit(told, pushed)
                except RowsRefused:
                    await self._commit_each(told, pushed)
            except BaseException as error:
                self._in_doubt = True  # it may be there all the same
                _answer(pushed, error if isinstance(error, StoreFailed) else StoreFailed("the event log stopped"))
                raise
            self._in_doubt = False

    async def _commit(self, told: Sequence[Event], pushed: Sequence[Push]) -> None:
        kept, new = await self._database.write(lambda connection: self._write(connection, told, pushed))
        for event in told:
            self._no_longer_waits(event)
        self._kept(kept, new, pushed)

    async def _commit_each(self, told: Sequence[Event], pushed: Sequence[Push]) -> None:
        """One of them the store does not take: it alone is given up, or its sender told so."""
        for push in pushed:
            try:
                await self._commit([], [push])
            except RowsRefused as error:
                _answer([push], error)
        for event in told:
            try:
                await self._commit([event], [])
            except RowsRefused as error:
                if self._no_longer_waits(event):
                    self._give_up(event, error)

    def _give_up(self, event: Event, why: RowsRefused) -> None:
        log.error("an event (%s of %s) is given up: %s", event.event, event.source, why)
        self.counts.dropped["store"] += 1

    def _no_longer_waits(self, event: Event) -> bool:
        """Whether it did: while it was written the oldest may have been given up to make room."""
        waited = bool(self._told) and self._told[0] is event
        if waited:
            self._told.popleft()
        return waited

    def _next_pushed(self) -> list[Push]:
        group: list[Push] = []
        size = 0
        while self._pushed and (not group or size + len(self._pushed[0][0]) <= GROUP):
            size += len(self._pushed[0][0])
            group.append(self._pushed.popleft())
        return group

    def _write(
        self, connection: Connection, told: Sequence[Event], pushed: Sequence[Push]
    ) -> tuple[list[Kept], list[list[Kept]]]:
        kept = store.add(connection, ((event, self._in_doubt) for event in told))
        return kept, [store.add(connection, events) for events, _ in pushed]

    def _kept(self, told: list[Kept], new: list[list[Kept]], pushed: Sequence[Push]) -> None:
        for (events, answer), some in zip(pushed, new, strict=True):
            self.counts.duplicates += len(events) - len(some)
            for one in some:
                self._hand_on(one.event)
            if not answer.done():
                answer.set_result(len(some))
        everything = [*told, *(one for some in new for one in some)]
        for watcher in tuple(self.watchers):
            watcher(everything)

    def _refuse(self, error: StoreFailed) -> None:
        _answer(self._pushed, error)
        self._pushed.clear()


def _answer(pushed: Sequence[Push] | deque[Push], error: StoreFailed) -> None:
    for _, answer in pushed:
        if not answer.done():
            answer.set_exception(error)
