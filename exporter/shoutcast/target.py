"""One Shoutcast as polling sees it: asks, remembers across readings, renders."""

import time

import aiohttp

from exporter.config.schema import ShoutcastServer
from exporter.page import Block
from exporter.polling.presence import Presence, longest_step
from exporter.polling.target import StreamState
from exporter.shoutcast import metrics
from exporter.shoutcast.client import ShoutcastClient
from exporter.shoutcast.reading import ShoutcastReading


class ShoutcastTarget:
    """A configured Shoutcast."""

    source = "shoutcast"

    def __init__(self, server: ShoutcastServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.name = server.name
        self.interval = float(server.interval)
        self.timeout = server.deadline
        self._client = ShoutcastClient(session, server)
        self._presence = Presence(map(str, server.expected_streams), server.remember, longest_step(self.interval))
        self._warnings = 0
        self._reading: ShoutcastReading | None = None

    async def poll(self) -> Block:
        """Ask for the statistics and render them; PollError if there are none."""
        reading = self._reading = await self._client.stats()
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
        """Nothing else runs for a Shoutcast."""
