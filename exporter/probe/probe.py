"""Listens to one stream for ever, and keeps what it has measured."""

import asyncio
import logging
import random
import time
from math import inf

from exporter.polling.resolve import Resolver
from exporter.probe.connection import Connection
from exporter.probe.faults import REASONS, Reason, Unheard
from exporter.probe.head import address
from exporter.probe.hearing import Hearing
from exporter.probe.reading import ProbeReading
from exporter.probe.wanted import Stream

log = logging.getLogger(__name__)

STALLED_AFTER = 5.0
"""Seconds without a byte that are a stall: most players have gone quiet by then."""

HANG_UP_AFTER = 30.0
"""Seconds without a byte after which the connection is given up."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0
"""Seconds from the end of a connection to the next: doubled with every failure in a row."""

LONGEST_JITTER = 2.0
"""Seconds over which first connections are spread."""

BREATH = 0.2
"""Seconds for which arriving bytes are collected: each look at them costs, and so does each that ffmpeg takes."""


class Probe:
    """One stream that is listened to."""

    def __init__(self, stream: Stream, resolver: Resolver) -> None:
        self._stream, self._resolver = stream, resolver
        self._name = f"probe {stream.server} {stream.mount}"
        self._hearing = Hearing(stream.settings, self._name)
        self._path = 0
        self._connected = False
        self._counted_until = -inf
        self._last_byte = 0.0
        self._first_byte: float | None = None
        self._nominal: float | None = None
        self._received = self._stalls = self._connections = 0
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)
        self._problems: dict[int, str] = {}  # by path: two of them may fail for two reasons

    @property
    def counted(self) -> bool:
        """Whether the server's latest reading may have this probe among its listeners."""
        return time.monotonic() <= self._counted_until

    def reading(self) -> ProbeReading:
        """What is known at this moment."""
        up = self._connected and time.monotonic() - self._last_byte <= STALLED_AFTER
        hearing = self._hearing
        return ProbeReading(
            server=self._stream.server,
            mount=self._stream.mount,
            up=up,
            counted=self.counted,
            first_byte=self._first_byte,
            nominal=self._nominal,
            received=self._received,
            stalls=self._stalls,
            connections=self._connections,
            failures={**self._failures, "decoder": hearing.failures},
            decoding=hearing.decoding if up else None,
            samples=hearing.samples,
            clipped=hearing.clipped,
            sound=hearing.sound() if up else None,
        )

    async def run(self) -> None:
        """Listen; after each connection wait longer than before it, unless it went well."""
        pause = FIRST_PAUSE
        await asyncio.sleep(random.uniform(0, LONGEST_JITTER))  # noqa: S311  no secret
        while True:
            began = time.monotonic()
            try:
                await self._listen()
            except Unheard as fault:
                self._failed(fault)
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  no secret
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _listen(self) -> None:
        """One connection, from its beginning to its end."""
        where = address(self._stream.url, self._stream.paths[self._path])
        connection = await Connection.open(where, self._resolver)
        self._counted_until = inf
        try:
            await self._take(connection)
        finally:
            self._connected = False
            self._counted_until = time.monotonic() + self._stream.lingers
            try:
                await self._hearing.end()
            finally:  # we may be stopped in the middle of this
                await connection.close()

    async def _take(self, connection: Connection) -> None:
        """Everything that arrives; returns when ffmpeg needs another connection."""
        self._connections += 1
        self._nominal = connection.head.nominal
        piece = await self._next(connection)
        self._first_byte = time.monotonic() - connection.began
        await self._hearing.begin()  # not before: its start is no delay of the server's
        self._connected = True
        self._heard_again()
        while not self._hearing.due:
            self._last_byte = time.monotonic()
            self._received += len(piece)
            await self._hearing.feed(piece)
            await asyncio.sleep(BREATH)
            piece = await self._next(connection)

    async def _next(self, connection: Connection) -> bytes:
        """The next bytes, however long that takes, within reason; one stall is counted once."""
        try:
            async with asyncio.timeout(STALLED_AFTER):
                return await connection.read()
        except TimeoutError:
            self._stalls += 1
        try:
            async with asyncio.timeout(HANG_UP_AFTER - STALLED_AFTER):
                return await connection.read()
        except TimeoutError as error:
            raise Unheard("stalled", f"the server has sent nothing for {HANG_UP_AFTER:g} s") from error

    def _failed(self, fault: Unheard) -> None:
        self._failures[fault.reason] += 1
        if self._problems.get(self._path) != str(fault):
            log.warning("%s hears nothing (%s): %s", self._name, fault.reason, fault)
        self._problems[self._path] = str(fault)
        if fault.reason == "http":
            self._path = (self._path + 1) % len(self._stream.paths)

    def _heard_again(self) -> None:
        if self._problems:
            log.info("%s hears something again", self._name)
        self._problems.clear()
