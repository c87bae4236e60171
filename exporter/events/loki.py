"""Pushes events to Loki: in order, a batch at a time, again and again until they are taken, and never without bounds.

What happened while the exporter did not run is not pushed: Loki gets what happens, the store has everything. How a push
is written stands in push.py.
"""

import asyncio
import gzip
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import hdrs

from exporter.clock import milliseconds
from exporter.config.schema_events import Loki as LokiConfig
from exporter.errors import PollError, PollTimeout
from exporter.event import Event
from exporter.events import push
from exporter.events.counts import Counts, LokiCounts
from exporter.events.push import Busy, Entry, Refused, Times
from exporter.polling.fetch import told_apart
from exporter.polling.resolve import Resolver

log = logging.getLogger(__name__)

PATH = "/loki/api/v1/push"
BATCH = 500
GATHER = 0.2
"""Seconds for which more events are waited for: what happens together goes together."""

WITHIN = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LAST_WORDS = 2.0
"""Seconds: for one push; from a failure to the next try, doubled each time; for what waits when the exporter stops."""


class Loki:
    """The way to Loki.

    Args:
        config: where it is, as configured at the moment.
        counts: where it is told how that goes.
    """

    def __init__(self, config: Callable[[], LokiConfig], counts: Counts) -> None:
        self._config, self._counts = config, counts
        self._waiting: deque[Entry] = deque()
        self._times = Times()
        self._settled = asyncio.Event()
        self._settled.set()
        self._came = asyncio.Event()
        self._said: str | None = None
        self._most = BATCH

    @property
    def _figures(self) -> LokiCounts:
        if self._counts.loki is None:
            self._counts.loki = LokiCounts()
        return self._counts.loki

    def tell(self, event: Event) -> None:
        """Have it pushed, if there is a Loki."""
        if not self._config().url:
            self._forget()
            return
        self._waiting.append(self._times.entry(event, milliseconds()))
        self._make_room()
        self._settled.clear()
        self._came.set()

    async def run(self) -> None:
        """Push for ever."""
        connector = aiohttp.TCPConnector(resolver=Resolver())
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            pause = FIRST_PAUSE
            while True:
                await self._came.wait()
                await asyncio.sleep(GATHER)
                self._came.clear()
                while self._waiting:
                    wanted = await self._pushed(session)
                    if wanted is None:
                        pause = FIRST_PAUSE
                    else:
                        await asyncio.sleep(max(pause, wanted))
                        pause = min(2 * pause, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Let what waits be pushed, if it is taken at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._settled.wait()

    async def _pushed(self, session: aiohttp.ClientSession) -> float | None:
        """Push the next batch. None: it is done with, taken or given up.

        Else it waits again, before all others, and these are the seconds for which Loki wants to be let alone.
        """
        config = self._config()
        if not config.url:
            self._forget()
            return None
        batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            await self._push(session, config, batch)
            self._succeeded(len(batch))
            self._most = min(2 * self._most, BATCH)
        except Refused as error:
            # Something in it is not wanted: what is pushed again in halves leaves that alone behind in the end.
            self._refused(error)
            self._most = max(1, len(batch) // 2)
            if len(batch) > 1:
                self._waiting.extendleft(reversed(batch))
            else:
                self._counts.dropped["loki"] += 1
        except PollError as error:
            self._waiting.extendleft(reversed(batch))
            self._failed(error.reason, error)
            self._settled.set()
            return error.seconds if isinstance(error, Busy) else 0.0
        except BaseException:
            self._waiting.extendleft(reversed(batch))
            raise
        finally:
            self._make_room()
        if not self._waiting:
            self._settled.set()
        return None

    def _forget(self) -> None:
        """There is no Loki any more: nothing waits for it, and nothing is said of it."""
        self._waiting.clear()
        self._settled.set()
        self._said, self._counts.loki = None, None

    def _make_room(self) -> None:
        """Give up the oldest of those that wait, if they are too many."""
        while len(self._waiting) > self._config().buffer:
            self._waiting.popleft()
            self._counts.dropped["loki"] += 1
        self._figures.waiting = len(self._waiting)

    async def _push(self, session: aiohttp.ClientSession, config: LokiConfig, batch: Sequence[Entry]) -> None:
        url = f"{(config.url or '').rstrip('/')}{PATH}"
        body = await asyncio.to_thread(gzip.compress, push.document(batch, config.labels), 1)
        try:
            async with (
                asyncio.timeout(WITHIN),
                session.post(url, data=body, headers=push.headers(config), allow_redirects=False) as reply,
            ):
                push.check(reply.status, reply.headers.get(hdrs.RETRY_AFTER))
        except TimeoutError as error:
            raise PollTimeout(f"no answer within {WITHIN:g} s") from error
        except aiohttp.ClientError as error:
            raise told_apart(error) from error

    def _failed(self, reason: str, error: PollError) -> None:
        self._figures.up = False
        self._say(reason, error)

    def _refused(self, error: Refused) -> None:
        """It is there, and does not want what was in it; what that costs is counted among the dropped."""
        self._figures.up = True
        self._say("refused", error)

    def _say(self, reason: str, error: PollError) -> None:
        self._figures.failures[reason] += 1
        if self._said != str(error):
            log.warning("loki: events cannot be pushed (%s): %s", reason, error)
        self._said = str(error)

    def _succeeded(self, number: int) -> None:
        if self._said is not None:
            log.info("loki: events can be pushed again")
        self._said, self._figures.up = None, True
        self._figures.pushed += number
