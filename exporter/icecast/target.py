"""One Icecast as polling sees it: asks, remembers across readings, renders."""

import asyncio
import time

import aiohttp

from exporter.config.schema import IcecastServer
from exporter.icecast import metrics
from exporter.icecast.audience import AudienceWalk
from exporter.icecast.client import IcecastClient
from exporter.icecast.listclients import Listener
from exporter.icecast.reading import IcecastReading, MountReading
from exporter.icecast.tracks import Tracks
from exporter.page import Block
from exporter.polling.presence import Presence, longest_step
from exporter.polling.target import State, StreamState
from exporter.polling.walk import Attendance


class IcecastTarget:
    """A configured Icecast."""

    source = "icecast"

    def __init__(self, server: IcecastServer, session: aiohttp.ClientSession, attendance: Attendance[Listener]) -> None:
        self.server = server
        self.name = server.name
        self.interval = float(server.interval)
        self.timeout = server.deadline
        self._client = IcecastClient(session, server)
        self._presence = Presence(server.expected_mounts, server.remember, longest_step(self.interval))
        self._tracks = Tracks()
        patience = max(self.timeout, float(server.listeners.interval))
        self._audience = AudienceWalk(self.name, self._client, patience, attendance)
        self._warnings = 0
        self._reading: IcecastReading | None = None
        self._read_once = asyncio.Event()

    async def poll(self) -> Block:
        """Ask for the statistics and render them; PollError if there are none."""
        reading = self._reading = await self._client.stats()
        self._read_once.set()
        await asyncio.sleep(0)  # a thousand mounts take a while to render: let others go first
        self._warnings += reading.warnings
        live = [mount.mount for mount in reading.mounts if mount.live]
        self._presence.update([mount.mount for mount in reading.mounts], live, time.monotonic())
        self._tracks.update(reading.mounts, frozenset(self._presence.known()), time.time())
        return metrics.render(
            self.name,
            reading,
            missing=self._presence.missing(),
            tracks=self._tracks,
            audiences=self._audience.mounts,
            warnings=self._warnings,
        )

    def without_reading(self) -> Block:
        """Every known mount as down."""
        return metrics.without_reading(self.name, self._presence.known(), self._warnings)

    def streams(self) -> tuple[StreamState, ...]:
        """The mounts of the latest reading, and those that are missed."""
        there = self._reading.mounts if self._reading else ()
        return (
            *(_seen(mount) for mount in there),
            *(StreamState(name, "off air", listeners=None, title=None) for name in self._presence.missing()),
        )

    async def background(self) -> None:
        """Walk the lists of listeners for ever, if they can be read at all."""
        if not (self._client.admin and self.server.listeners.enabled):
            return
        await self._read_once.wait()
        while True:
            if (reading := self._reading) is not None:
                live = [mount for mount in reading.mounts if mount.live]
                await self._audience.walk(
                    listened=[mount.mount for mount in live if mount.listeners],
                    idle=[mount.mount for mount in live if not mount.listeners],
                    server_start=reading.server_start,
                )
            await asyncio.sleep(self.server.listeners.interval)

    async def close(self) -> None:
        """Nothing is its own: the session is shared."""


def _seen(mount: MountReading) -> StreamState:
    return StreamState(
        name=mount.mount,
        state=_state(mount),
        listeners=mount.listeners,
        title=mount.title,
        started=mount.stream_start,
        received=mount.received_bytes,
    )


def _state(mount: MountReading) -> State:
    if mount.live:
        return "on air"
    return "idle" if mount.relay else "off air"
