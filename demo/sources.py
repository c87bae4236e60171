"""Sources: ffmpeg playing into an Icecast mount.

We open the connection and introduce ourselves (so no password stands in ffmpeg's command line, and the source tells its
bit rate as studio encoders do), then ffmpeg writes its sound straight into the socket. Ending ffmpeg ends the stream.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from demo.credentials import basic
from demo.errors import DemoError
from demo.process import Process, Program, find_program, start
from demo.programme import Feed

HANDSHAKE_PATIENCE = 10.0
AGENT = "radio-demo (ffmpeg)"
CONTENT_TYPES = {"mp3": "audio/mpeg", "vorbis": "application/ogg", "ac3": "audio/ac3"}
ENCODERS = {"mp3": ("-c:a", "libmp3lame"), "vorbis": ("-c:a", "libvorbis"), "ac3": ("-c:a", "ac3")}
CONTAINERS = {
    "mp3": ("-f", "mp3", "-write_xing", "0", "-id3v2_version", "0"),
    "vorbis": ("-f", "ogg"),
    "ac3": ("-f", "ac3"),
}
DESK = "stereotools@desk"
"""ffmpeg's filter that stands for a mixing desk: it can be turned while it runs."""


class SourceRefusedError(DemoError):
    """Icecast did not take the source; the message holds its answer."""


class Source:
    """One feed and the ffmpeg that plays it, when there is one."""

    def __init__(self, feed: Feed, host: str, port: int, password: str, log: Path) -> None:
        self.feed = feed
        self._address = (host, port)
        self._password = password
        self._log = log
        self.process: Process | None = None

    async def play(self) -> Process:
        """Connect and start ffmpeg. Raises SourceRefusedError, or OSError when nobody answers."""
        async with asyncio.timeout(HANDSHAKE_PATIENCE):
            connection = await self._connect()
        with connection:
            program = Program(f"the source of {self.feed.mount}", command(self.feed), self._log)
            self.process = await start(program, output=connection.fileno(), keyboard=self.feed.desk)
        return self.process

    def turn(self, knobs: Mapping[str, int]) -> None:
        """Set knobs of the desk, by the names that ffmpeg's `stereotools` has for them. It begins with all at rest."""
        for knob, value in knobs.items():
            if self.process is not None:
                self.process.type(f"c{DESK} -1 {knob} {value}\n")  # as at ffmpeg's keyboard: c is for a command

    def kill(self) -> None:
        """End ffmpeg at once, as a crash would."""
        self._send(signal.SIGKILL)

    def stall(self) -> None:
        """Stop the sound but leave the connection open."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after a stall."""
        self._send(signal.SIGCONT)

    async def stop(self) -> None:
        """End ffmpeg and wait until it is gone."""
        if self.process is not None:
            await self.process.stop(patience=3.0)

    def _send(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send(number)

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        connection = socket.socket()
        try:
            connection.setblocking(False)
            await loop.sock_connect(connection, self._address)
            await loop.sock_sendall(connection, introduction(self.feed, self._password))
            answer = await loop.sock_recv(connection, 4096)
        except BaseException:
            connection.close()
            raise
        status = answer.partition(b"\r\n")[0].decode(errors="replace")
        if not any(code in status for code in (" 200", " 100")):
            connection.close()
            raise SourceRefusedError(f"Icecast does not take a source for {self.feed.mount}: {status or 'no answer'}")
        connection.setblocking(True)  # ffmpeg writes to it as to a pipe
        return connection


@asynccontextmanager
async def playing(feed: Feed, host: str, port: int, password: str, log: Path) -> AsyncIterator[Source]:
    """Play `feed` for the length of the block."""
    source = Source(feed, host, port, password, log)
    await source.play()
    try:
        yield source
    finally:
        await source.stop()


def command(feed: Feed) -> list[str]:
    """Return ffmpeg's command line: the feed in real time to standard output."""
    return [
        find_program("ffmpeg"), "-hide_banner", "-nostats", "-loglevel", "warning",
        *(() if feed.desk else ("-nostdin",)),
        "-re", "-f", "lavfi", "-i", feed.sound, *(("-af", DESK) if feed.desk else ()),
        "-ac", str(feed.channels), "-ar", str(feed.sample_rate), *ENCODERS[feed.codec], "-b:a", f"{feed.kilobits}k",
        *CONTAINERS[feed.codec],
        "-flush_packets", "1",  # a low bit rate would otherwise be silent for seconds at a time
        "pipe:1",
    ]  # fmt: skip


def introduction(feed: Feed, password: str) -> bytes:
    """Return the head of the PUT request that opens a source connection."""
    audio = f"ice-bitrate={feed.kilobits};ice-channels={feed.channels};ice-samplerate={feed.sample_rate}"
    lines = [
        f"PUT {feed.mount} HTTP/1.1",
        "Host: localhost",
        f"Authorization: {basic('source', password)}",
        f"User-Agent: {AGENT}",
        f"Content-Type: {CONTENT_TYPES[feed.codec]}",
        f"Ice-Name: {feed.name}",
        f"Ice-Genre: {feed.genre}",
        f"Ice-Bitrate: {feed.kilobits}",
        f"Ice-Audio-Info: {audio}",
        "Ice-Public: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
