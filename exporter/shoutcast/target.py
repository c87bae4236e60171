"""One Shoutcast as polling sees it: asks, remembers across readings, renders."""

import asyncio
import time
from collections.abc import Callable, Iterable

import aiohttp

from exporter.config.networks import Networks
from exporter.config.schema import ShoutcastServer
from exporter.page import Block
from exporter.polling.presence import Presence, longest_step
from exporter.polling.target import StreamState
from exporter.polling.walk import Attendance
from exporter.shoutcast import metrics
from exporter.shoutcast.audience import AudienceWalk, Connection
from exporter.shoutcast.client import ShoutcastClient
from exporter.shoutcast.reading import ShoutcastReading


class ShoutcastTarget:
    """A configured Shoutcast.

    Args:
        server: its part of the configuration.
        session: asks it.
        attendance: makes sessions of its lists of listeners.
        proxies: the networks whose `X-Forwarded-For` is believed at the moment.
    """

    source = "shoutcast"

    def __init__(
        self,
        server: ShoutcastServer,
        session: aiohttp.ClientSession,
        attendance: Attendance[Connection],
        proxies: Callable[[], Iterable[str]],
    ) -> None:
        self.server = server
        self.name = server.name
        self.interval = float(server.interval)
        self.timeout = server.deadline
        self._client = ShoutcastClient(session, server)
        self._presence = Presence(map(str, server.expected_streams), server.remember, longest_step(self.interval))
        patience = max(self.timeout, float(server.listeners.interval))
        self._audience = AudienceWalk(self.name, self._client, patience, attendance)
        self._proxies = proxies
        self._warnings = 0
        self._reading: ShoutcastReading | None = None
        self._read_once = asyncio.Event()

    async def poll(self) -> Block:
        """Ask for the statistics and render them; PollError if there are none."""
        reading = self._reading = await self._client.stats()
        self._read_once.set()
        self._warnings += reading.warnings
        live = [stream.stream for stream in reading.streams if stream.up]
        self._presence.update([stream.stream for stream in reading.streams], live, time.monotonic())
        return metrics.render(self.name, reading, missing=self._presence.missing(), warnings=self._warnings)

    def without_reading(self) -> Block:
        """Every known stream as down."""
        return metrics.without_reading(self.name, self._presence.known(), self._warnings)

    def streams(self) -> tuple[StreamState, ...]:
        """The streams of the latest reading, and those that are missed."""
        there = self._reading.streams if self._reading else ()
        return (
            *(
                StreamState(stream.stream, "on air" if stream.up else "off air", stream.listeners, stream.title)
                for stream in there
            ),
            *(StreamState(name, "off air", listeners=None, title=None) for name in self._presence.missing()),
        )

    async def background(self) -> None:
        """Walk the lists of listeners for ever, if they can be read at all."""
        if not (self._client.lists and self.server.listeners.enabled):
            return
        await self._read_once.wait()
        while True:
            if self._client.lists and (reading := self._reading) is not None:
                await self._audience.walk(reading.streams, Networks(self._proxies()))
            await asyncio.sleep(self.server.listeners.interval)

    async def close(self) -> None:
        """Nothing is its own: the session is shared."""
