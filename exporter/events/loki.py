"""Pushes events to Loki: in order, a batch at a time, again and again until they are taken, and never without bounds.

Format: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs. Each stream (job, level, category) is
a small one; the rest of an event is structured metadata, which costs Loki no stream. What happened while the exporter
did not run is not pushed: Loki gets what happens, the store has everything.
"""

import asyncio
import base64
import gzip
import logging
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
from aiohttp import hdrs

from exporter.config.schema_events import Loki as LokiConfig
from exporter.errors import AuthRefused, BadStatus, PollError, PollTimeout
from exporter.event import Event
from exporter.events.counts import Counts, LokiCounts
from exporter.polling.fetch import told_apart

log = logging.getLogger(__name__)

PATH = "/loki/api/v1/push"
BATCH = 500
GATHER = 0.2
"""Seconds for which more events are waited for: what happens together goes together."""

WITHIN = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
LAST_WORDS = 2.0
"""Seconds: for one push; from a failure to the next try, doubled each time; for what waits when the exporter stops."""

_NO_NAME = re.compile(r"[^a-zA-Z0-9_]")


class Refused(PollError):
    """Loki does not want what was pushed, however often it comes."""


class Loki:
    """The way to Loki.

    Args:
        config: where it is, as configured at the moment.
        counts: where it is told how that goes.
    """

    def __init__(self, config: Callable[[], LokiConfig], counts: Counts) -> None:
        self._config, self._counts = config, counts
        self._waiting: deque[Event] = deque()
        self._settled = asyncio.Event()
        self._settled.set()
        self._came = asyncio.Event()
        self._said: str | None = None

    @property
    def _figures(self) -> LokiCounts:
        if self._counts.loki is None:
            self._counts.loki = LokiCounts()
        return self._counts.loki

    def tell(self, event: Event) -> None:
        """Have it pushed, if there is a Loki."""
        if self._config().url:
            self._waiting.append(event)
            self._make_room()
            self._settled.clear()
            self._came.set()

    async def run(self) -> None:
        """Push for ever."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            pause = FIRST_PAUSE
            while True:
                await self._came.wait()
                await asyncio.sleep(GATHER)
                self._came.clear()
                while self._waiting:
                    if await self._pushed(session):
                        pause = FIRST_PAUSE
                    else:
                        await asyncio.sleep(pause)
                        pause = min(2 * pause, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Let what waits be pushed, if it is taken at once."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._settled.wait()

    async def _pushed(self, session: aiohttp.ClientSession) -> bool:
        """The next batch is done with: taken, or given up. Otherwise it waits again, before all others."""
        config = self._config()
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            if config.url:
                await self._push(session, config, batch)
        except Refused as error:
            self._failed("refused", error)
            self._counts.dropped["loki"] += len(batch)
        except PollError as error:
            self._waiting.extendleft(reversed(batch))
            self._failed(error.reason, error)
            self._settled.set()
            return False
        else:
            self._succeeded(len(batch))
        finally:
            self._make_room()
        if not self._waiting:
            self._settled.set()
        return True

    def _make_room(self) -> None:
        """Give up the oldest of those that wait, if they are too many."""
        while len(self._waiting) > self._config().buffer:
            self._waiting.popleft()
            self._counts.dropped["loki"] += 1
        self._figures.waiting = len(self._waiting)

    async def _push(self, session: aiohttp.ClientSession, config: LokiConfig, batch: Sequence[Event]) -> None:
        url = f"{(config.url or '').rstrip('/')}{PATH}"
        body = await asyncio.to_thread(gzip.compress, document(batch, config.labels), 1)
        try:
            async with (
                asyncio.timeout(WITHIN),
                session.post(url, data=body, headers=_headers(config), allow_redirects=False) as reply,
            ):
                _check(reply.status)
        except TimeoutError as error:
            raise PollTimeout(f"no answer within {WITHIN:g} s") from error
        except aiohttp.ClientError as error:
            raise told_apart(error) from error

    def _failed(self, reason: str, error: PollError) -> None:
        self._figures.failures[reason] += 1
        self._figures.up = False
        if self._said != str(error):
            log.warning("loki: events cannot be pushed (%s): %s", reason, error)
        self._said = str(error)

    def _succeeded(self, number: int) -> None:
        if self._said is not None:
            log.info("loki: events can be pushed again")
        self._said, self._figures.up = None, True
        self._figures.pushed += number


def document(batch: Sequence[Event], labels: Mapping[str, str]) -> bytes:
    """The body of a push. A stream's entries come in the order of the batch."""
    streams: defaultdict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for event in batch:
        entry = [str(event.at * 1_000_000), event.message, dict(_metadata(event))]
        streams[event.level, event.category].append(entry)
    return msgspec.json.encode(
        {
            "streams": [
                {"stream": {"job": "radio-exporter", **labels, "level": level, "category": category}, "values": entries}
                for (level, category), entries in streams.items()
            ]
        }
    )


def _metadata(event: Event) -> Iterator[tuple[str, str]]:
    """Names as Loki wants them, and texts. What the event says of itself is not overruled by its metadata."""
    own = {
        "event": event.event,
        "source": event.source,
        "deck": event.deck,
        "song_id": event.song_id,
        "encoder_id": event.encoder_id,
    }
    for name, value in {**{_name(name): value for name, value in event.metadata.items()}, **own}.items():
        if value is not None:
            yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _name(name: str) -> str:
    plain = _NO_NAME.sub("_", name)
    return plain if plain[:1].isalpha() else f"_{plain}"


def _headers(config: LokiConfig) -> dict[str, str]:
    headers: dict[str, str] = {hdrs.CONTENT_TYPE: "application/json", hdrs.CONTENT_ENCODING: "gzip"}
    if config.tenant:
        headers["X-Scope-OrgID"] = config.tenant
    if config.token:
        headers[hdrs.AUTHORIZATION] = f"Bearer {config.token.reveal()}"
    elif config.username:
        pair = f"{config.username}:{config.password.reveal() if config.password else ''}"
        headers[hdrs.AUTHORIZATION] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers


def _check(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise AuthRefused(f"Loki refuses us (HTTP {status}): check loki.username, loki.password or loki.token")
    if status in (400, 413, 422):
        message = f"Loki does not take what is pushed (HTTP {status}), and it is given up: its log says why"
        raise Refused(message)
    raise BadStatus(f"Loki answered HTTP {status}", status)
