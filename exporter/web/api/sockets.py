"""What every WebSocket has in common: who may open one, how many there may be, and that clients may say hardly a word.

There is no token in the address, as other services allow for browsers: addresses end up in logs, in histories and in
what pages tell each other.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, hdrs, web

from exporter.web import keys
from exporter.web.api.reading import RETRY_AFTER, refusal

MOST_CLIENTS = 200
HEARTBEAT = 30.0
"""Seconds between pings; a client that does not answer one within half of that is gone."""

LONGEST_WORD = 1024
MOST_WORDS = 60
"""Bytes of a message from a client, and messages within a minute; beyond that it is shown out."""

Send = Callable[[web.WebSocketResponse], Awaitable[None]]


class Sockets:
    """The clients of one kind of message.

    Args:
        taken_within: seconds within which a client must take a message.
    """

    def __init__(self, taken_within: float = 10.0) -> None:
        self._taken_within = taken_within
        self._clients: set[web.WebSocketResponse] = set()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._clients)

    def refused(self, request: web.Request) -> web.Response | None:
        """Why a request does not become a client; None if it does."""
        if not web.WebSocketResponse().can_prepare(request).ok:
            return refusal(426, "this is a WebSocket: ask with `Upgrade: websocket`", {hdrs.UPGRADE: "websocket"})
        if not _may_come_from(request):
            return refusal(403, "pages of this origin may not read this: see listens.allow_origins")
        if len(self._clients) >= MOST_CLIENTS:
            return refusal(503, f"{MOST_CLIENTS} clients are connected already", {hdrs.RETRY_AFTER: RETRY_AFTER})
        return None

    async def serve(self, request: web.Request, send: Send) -> web.WebSocketResponse:
        """Have `send` send to one client until it returns, or the client leaves."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=LONGEST_WORD, compress=False, timeout=1.0)
        self._clients.add(socket)
        sending: asyncio.Task[None] | None = None
        try:
            await socket.prepare(request)
            sending = asyncio.create_task(self._send(request, socket, send))
            await _ignore(socket)
        finally:
            self._clients.discard(socket)
            if sending:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def say(self, socket: web.WebSocketResponse, message: str) -> None:
        """Send one message; TimeoutError if the client does not take it in time."""
        async with asyncio.timeout(self._taken_within):
            await socket.send_str(message)

    async def close_all(self, code: WSCloseCode, why: bytes) -> None:
        """Say goodbye to everybody."""
        closing = (socket.close(code=code, message=why) for socket in tuple(self._clients) if socket.prepared)
        await asyncio.gather(*closing, return_exceptions=True)

    async def _send(self, request: web.Request, socket: web.WebSocketResponse, send: Send) -> None:
        """A client that is too slow is dropped, without a word that it would not take either."""
        with suppress(ConnectionError):
            try:
                await send(socket)
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()


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
