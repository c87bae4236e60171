"""A streaming server for the probe's benchmark: sends one file as Icecast sends MP3 at 128 kbit/s, first a burst.

`python -m bench.broadcast PORT FILE`
"""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

from bench.process import LOOPBACK

RATE = 16000
"""Bytes per second: 128 kbit/s."""

BURST, PACKET = 65536, 1400
"""Bytes that a listener gets at once, and bytes of what follows: Icecast's own."""

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-br: 128\r\n\r\n"


async def _send(stream: bytes, writer: asyncio.StreamWriter) -> None:
    """One listener: the burst, then as much as time has passed."""
    writer.write(ANSWER)
    began, sent = time.monotonic(), 0
    while True:
        due = BURST + int((time.monotonic() - began) * RATE)
        while sent + PACKET <= due:
            place = sent % (len(stream) - PACKET)
            writer.write(stream[place : place + PACKET])
            sent += PACKET
        await writer.drain()
        await asyncio.sleep(PACKET / RATE)


async def serve(port: int, stream: bytes) -> None:
    """Send the stream to everybody, until the process is ended."""

    async def listener(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await _send(stream, writer)
        writer.close()

    server = await asyncio.start_server(listener, LOOPBACK, port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
