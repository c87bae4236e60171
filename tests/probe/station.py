"""A small streaming server whose answer a test chooses, and which notes who came when."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from exporter.config.schema_probe import IcecastProbe
from exporter.polling.resolve import Resolver
from exporter.probe.probe import Probe
from exporter.probe.wanted import Stream
from tests.listening import end

OK = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-br: 128\r\n\r\n"


class Station:
    """`head` is what everybody is answered, `pieces` what follows, one every tenth of a second; then it hangs up.

    `heads` = what is answered instead at a path of its own. `stays`: it keeps the connection open instead. Without a
    head it says nothing at all. `statistics` = its `/admin/stats`, as an Icecast has it.
    """

    def __init__(self) -> None:
        self.head: bytes | None = OK
        self.heads: dict[str, bytes] = {}
        self.statistics = b""
        self.pieces: list[bytes] = []
        self.stays = False
        self.more = asyncio.Event()
        self.requests: list[str] = []
        self.arrivals: list[float] = []
        self.url = ""

    def arrived(self, path: str) -> int:
        """How often somebody asked for a path."""
        return sum(request.startswith(f"GET {path} ") for request in self.requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One listener."""
        self.arrivals.append(time.monotonic())
        try:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if "/admin/stats" in self.requests[-1]:
                writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" + self.statistics)
            elif self.head is None:
                await reader.read()
            else:
                await self._play(writer, self.heads.get(self.requests[-1].split(" ")[1], self.head))
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _play(self, writer: asyncio.StreamWriter, head: bytes) -> None:
        writer.write(head)
        for piece in self.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.1)
        while self.stays:
            await self.more.wait()
            self.more.clear()
            writer.write(b"more")
            await writer.drain()


@asynccontextmanager
async def station() -> AsyncIterator[Station]:
    """One on a free port."""
    made = Station()
    talks = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await made.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1")
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        await end(server)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@asynccontextmanager
async def probing(url: str, *paths: str, decode: str = "never", lingers: float = 0.0) -> AsyncIterator[Probe]:
    """A running probe."""
    settings = IcecastProbe(decode=decode)
    probe = Probe(Stream("main", paths[0], url, paths, settings, lingers), Resolver())
    task = asyncio.create_task(probe.run())
    try:
        yield probe
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended


async def until(probe: Probe, holds, within: float = 5):
    """The first reading that is as it should be."""
    async with asyncio.timeout(within):
        while not holds(reading := probe.reading()):
            await asyncio.sleep(0.02)
    return reading
