"""A stand-in for Loki that takes what Loki takes, refuses what Loki refuses, and can be away.

After pkg/loghttp/entry.go and pkg/validation of Loki 3: times and lines are texts, times are nanoseconds, structured
metadata is an object of texts; labels are named as Prometheus names them, 15 at most; what is more than an hour behind
the newest entry of its stream, a week old or ten minutes ahead is refused with 400, and the rest of the push is taken;
an entry with the time and the line of another in its stream is that entry.
"""

import asyncio
import gzip
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from demo.ports import free_port

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
HOUR, WEEK = 3600, 7 * 86400
MOST_LABELS, MOST_METADATA = 15, 128

Labels = tuple[tuple[str, str], ...]


@dataclass
class Taken:
    """One entry."""

    time: int
    line: str
    metadata: dict[str, str]
    labels: dict[str, str]


@dataclass
class Loki:
    """What it has, and how it answers.

    Attributes:
        answers: statuses, with headers, of the next pushes, whose entries are not taken; then everything is taken.
        unwanted: a line that it takes from nobody, though the rest of the push.
        lost: of so many pushes the answer gets lost though their entries are taken.
    """

    port: int
    taken: list[Taken] = field(default_factory=list)
    pushes: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    lost: int = 0
    hang: float = 0.0
    unwanted: str | None = None
    times: list[float] = field(default_factory=list)
    _streams: dict[Labels, list[Taken]] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[str]:
        """Every line, by time."""
        return [one.line for one in sorted(self.taken, key=lambda one: one.time)]

    async def come(self) -> None:
        """Answer from now on."""
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/loki/api/v1/push", self._push)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def go(self) -> None:
        """Be away."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _push(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.pushes += 1
        self.times.append(time.monotonic())
        self.headers.append(dict(request.headers))
        if self.hang:
            await asyncio.sleep(self.hang)
        if self.answers:
            status, headers = self.answers.pop(0)
            return web.Response(status=status, headers=headers)
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Content-Encoding"] == "gzip"
        faults = list(self._take(json.loads(body if body[:2] != b"\x1f\x8b" else gzip.decompress(body))))
        if self.lost:
            self.lost -= 1
            assert request.transport
            request.transport.abort()
        return web.Response(status=400, text="\n".join(faults)) if faults else web.Response(status=204)

    def _take(self, document: Any) -> Any:
        if set(document) != {"streams"} or not document["streams"]:
            yield "error at least one valid stream is required for ingestion"
            return
        for stream in document["streams"]:
            assert set(stream) == {"stream", "values"}
            labels = stream["stream"]
            if not labels or len(labels) > MOST_LABELS:
                yield f"{len(labels)} labels"
            elif not all(LABEL.fullmatch(name) and isinstance(value, str) for name, value in labels.items()):
                yield f"labels {labels}"
            else:
                for entry in stream["values"]:
                    yield from self._enter(labels, entry)

    def _enter(self, labels: dict[str, str], entry: Any) -> Any:
        at, line, metadata = entry
        if not (isinstance(at, str) and isinstance(line, str) and re.fullmatch(r"[0-9]{1,19}", at)):
            yield f"malformed {entry}"
            return
        if line == self.unwanted:
            yield f"unwanted {entry}"
            return
        if not all(LABEL.fullmatch(name) and isinstance(value, str) for name, value in metadata.items()):
            yield f"malformed metadata {metadata}"
            return
        there = self._streams.setdefault(tuple(sorted(labels.items())), [])
        one = Taken(int(at), line, metadata, labels)
        if any((other.time, other.line) == (one.time, one.line) for other in there[-3000:]):
            return
        newest, now = max((other.time for other in there[-3000:]), default=0), time.time()
        if len(metadata) > MOST_METADATA or not now - WEEK < one.time / 1e9 < now + 600:
            yield "too many, too old or too new"
        elif newest - one.time > HOUR * 1e9:
            yield "entry too far behind"
        else:
            there.append(one)
            self.taken.append(one)


@asynccontextmanager
async def loki(*, there: bool = True) -> AsyncIterator[Loki]:
    """One, which is there from the beginning or not."""
    found = Loki(free_port())
    if there:
        await found.come()
    try:
        yield found
    finally:
        await found.go()
