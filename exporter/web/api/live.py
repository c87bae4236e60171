"""`/api/v1/stats/live`: the figures of the moment over a WebSocket, whenever they change, at most once a second.

One task makes the message for all. A client that is slow misses messages, and is dropped if it does not take even one
in time. What clients say is not listened to, and they may not say much.

There is no token in the address, as other services allow for browsers: addresses end up in logs, in histories and in
what pages tell each other.
"""

import asyncio
import logging
import time
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, hdrs, web

from exporter.errors import StoreFailed
from exporter.reports.rows import Figures
from exporter.web import keys
from exporter.web.api.current import RECENT, Recent, current
from exporter.web.api.reading import RETRY_AFTER, reads, refusal

log = logging.getLogger(__name__)

routes = web.RouteTableDef()

MOST_CLIENTS = 200
HEARTBEAT = 30.0
"""Seconds between pings; a client that does not answer one within half of that is gone."""

LONGEST_WORD = 1024
MOST_WORDS = 60
"""Bytes of a message from a client, and messages within a minute; beyond that it is shown out."""


class Live:
    """The clients, and the message that they all get.

    Args:
        app: where audience and store are found.
        every: seconds between two messages at least.
        taken_within: seconds within which a client must take one.
    """

    def __init__(self, app: web.Application, every: float = 1.0, taken_within: float = 10.0) -> None:
        self._app, self._every, self._taken_within = app, every, taken_within
        self._clients: set[web.WebSocketResponse] = set()
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._message = (0, "")
        self._recent: tuple[list[Figures], list[Figures]] = ([], [])

    @property
    def full(self) -> bool:
        """No further client is let in."""
        return len(self._clients) >= MOST_CLIENTS

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Send to one client until one of the two leaves."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_WORD, compress=False, timeout=1.0)
        self._clients.add(socket)
        sending: asyncio.Task[None] | None = None
        try:
            await socket.prepare(request)
            self._begin()
            sending = asyncio.create_task(self._send(request, socket))
            await _ignore(socket)
        finally:
            self._clients.discard(socket)
            if sending:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def stop(self) -> None:
        """Say goodbye to everybody."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close_all(WSCloseCode.GOING_AWAY, b"the exporter stops")

    def _begin(self) -> None:
        """Make messages from now on, if nobody was there before."""
        if self._task is None or self._task.done():
            self._message = (self._message[0], "")
            self._task = asyncio.create_task(self._make())

    async def _make(self) -> None:
        """Make messages while anybody is there. A bug ends every connection, so that nobody waits for nothing."""
        try:
            while self._clients:
                message = await self._current()
                if message != self._message[1]:
                    async with self._changed:
                        self._message = (self._message[0] + 1, message)
                        self._changed.notify_all()
                await asyncio.sleep(self._every)
        except Exception:
            log.exception("the live figures failed, which is a bug of the exporter")
            await self._close_all(WSCloseCode.INTERNAL_ERROR, b"see the exporter's log")

    async def _current(self) -> str:
        with suppress(StoreFailed):  # what was read last stands; /-/ready says what is wrong
            self._recent = await self._app[RECENT].figures()
        return msgspec.json.encode(current(self._app[keys.AUDIENCE], *self._recent)).decode()

    async def _send(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        sent = 0
        with suppress(ConnectionError):
            while not socket.closed:
                sent, message = await self._newer(sent)
                try:
                    async with asyncio.timeout(self._taken_within):
                        await socket.send_str(message)
                except TimeoutError:
                    _drop(request)
                    return

    async def _newer(self, number: int) -> tuple[int, str]:
        """The latest message, once it is a later one than this."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._message[1] and self._message[0] > number)
            return self._message

    async def _close_all(self, code: WSCloseCode, why: bytes) -> None:
        closing = (socket.close(code=code, message=why) for socket in tuple(self._clients) if socket.prepared)
        await asyncio.gather(*closing, return_exceptions=True)


LIVE = web.AppKey("live", Live)


@routes.get("/api/v1/stats/live", allow_head=False)
@reads
async def live(request: web.Request) -> web.StreamResponse:
    """The socket."""
    if not web.WebSocketResponse().can_prepare(request).ok:
        return refusal(426, "this is a WebSocket: ask with `Upgrade: websocket`", {hdrs.UPGRADE: "websocket"})
    if not _may_come_from(request):
        return refusal(403, "pages of this origin may not read the figures: see listens.allow_origins")
    clients = request.app[LIVE]
    if clients.full:
        return refusal(503, f"{MOST_CLIENTS} clients are connected already", {hdrs.RETRY_AFTER: RETRY_AFTER})
    return await clients.serve(request)


def setup(app: web.Application) -> None:
    """Give the application what the live figures need."""
    app[RECENT] = Recent(app[keys.CONFIG], app[keys.DATABASE])
    app[LIVE] = Live(app)
    app.on_shutdown.append(_stop)


async def _stop(app: web.Application) -> None:
    await app[LIVE].stop()


def _may_come_from(request: web.Request) -> bool:
    """Browsers let any page open a WebSocket and only tell who asks; other programs tell nothing."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or {origin, "*"} & set(request.app[keys.CONFIG]().listens.allow_origins):
        return True
    with suppress(ValueError):
        return urlsplit(origin).netloc.lower() == request.host.lower()
    return False


async def _ignore(socket: web.WebSocketResponse) -> None:
    """Until the client leaves. Reading is what answers pings and notices that it left."""
    minute, words = time.monotonic(), 0
    async for _ in socket:
        if time.monotonic() - minute >= 60:
            minute, words = time.monotonic(), 0
        words += 1
        if words > MOST_WORDS:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"this socket only speaks")


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
