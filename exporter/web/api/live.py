"""`/api/v1/stats/live`: the figures of the moment over a WebSocket, whenever they change, at most once a second.

One task makes the message for all. A client that is slow misses messages, and is dropped if it does not take even one
in time.
"""

import asyncio
import logging
from contextlib import suppress

import msgspec
from aiohttp import WSCloseCode, web

from exporter.errors import StoreFailed
from exporter.reports.rows import Figures
from exporter.web import keys
from exporter.web.api.current import RECENT, Recent, current
from exporter.web.api.reading import reads
from exporter.web.api.sockets import Sockets

log = logging.getLogger(__name__)

routes = web.RouteTableDef()


class Live:
    """The clients, and the message that they all get.

    Args:
        app: where audience and store are found.
        every: seconds between two messages at least.
        taken_within: seconds within which a client must take one.
    """

    def __init__(self, app: web.Application, every: float = 1.0, taken_within: float = 10.0) -> None:
        self._app, self._every = app, every
        self.sockets = Sockets(taken_within)
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._message = (0, "")
        self._recent: tuple[list[Figures], list[Figures]] = ([], [])

    async def send(self, socket: web.WebSocketResponse) -> None:
        """Send each message that is newer than the one before."""
        self._begin()
        sent = 0
        while not socket.closed:
            sent, message = await self._newer(sent)
            await self.sockets.say(socket, message)

    async def stop(self) -> None:
        """Say goodbye to everybody."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.sockets.close_all(WSCloseCode.GOING_AWAY, b"the exporter stops")

    def _begin(self) -> None:
        """Make messages from now on, if nobody was there before."""
        if self._task is None or self._task.done():
            self._message = (self._message[0], "")
            self._task = asyncio.create_task(self._make())

    async def _make(self) -> None:
        """Make messages while anybody is there. A bug ends every connection, so that nobody waits for nothing."""
        try:
            while len(self.sockets):
                message = await self._current()
                if message != self._message[1]:
                    async with self._changed:
                        self._message = (self._message[0] + 1, message)
                        self._changed.notify_all()
                await asyncio.sleep(self._every)
        except Exception:
            log.exception("the live figures failed, which is a bug of the exporter")
            await self.sockets.close_all(WSCloseCode.INTERNAL_ERROR, b"see the exporter's log")

    async def _current(self) -> str:
        with suppress(StoreFailed):  # what was read last stands; /-/ready says what is wrong
            self._recent = await self._app[RECENT].figures()
        return msgspec.json.encode(current(self._app[keys.AUDIENCE], *self._recent)).decode()

    async def _newer(self, number: int) -> tuple[int, str]:
        """The latest message, once it is a later one than this."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._message[1] and self._message[0] > number)
            return self._message


LIVE = web.AppKey("live", Live)


@routes.get("/api/v1/stats/live", allow_head=False)
@reads
async def live(request: web.Request) -> web.StreamResponse:
    """The socket."""
    clients = request.app[LIVE]
    return clients.sockets.refused(request) or await clients.sockets.serve(request, clients.send)


def setup(app: web.Application) -> None:
    """Give the application what the live figures need."""
    app[RECENT] = Recent(app[keys.CONFIG], app[keys.DATABASE])
    app[LIVE] = Live(app)
    app.on_shutdown.append(_stop)


async def _stop(app: web.Application) -> None:
    await app[LIVE].stop()
