"""An open connection to a stream."""

import asyncio
import ssl
import time
from contextlib import suppress
from functools import cache
from os import strerror
from socket import AF_UNSPEC
from typing import Self

from exporter.polling.resolve import Resolver
from exporter.probe.faults import Unheard
from exporter.probe.head import Address, Head, parse_head, request

PATIENCE = 10.0
"""Seconds until the server must have begun its answer."""

PIECE = 1 << 20
"""Bytes that are taken at once, which with the pauses between them is the fastest stream that can be followed."""

LARGEST_HEAD = 65536
"""Bytes within which an answer must come to the end of its headers."""

_HEAD_END = b"\r\n\r\n"


class Connection:
    """What a server sends a listener.

    `began` = when we began to connect, by the monotonic clock; `sound` = what came along with the head.
    """

    def __init__(
        self, began: float, head: Head, sound: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.began, self.head = began, head
        self._sound, self._reader, self._writer = sound, reader, writer

    @classmethod
    async def open(cls, where: Address, resolver: Resolver) -> Self:
        """Connect and ask for the stream; Unheard says why it is not sent."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await _dial(where, resolver)
                head, sound = await _ask(where, reader, writer)
        except TimeoutError as error:
            raise Unheard("timeout", f"no answer within {PATIENCE:g} s") from error
        except OSError as error:
            raise _told_apart(error) from error
        return cls(began, head, sound, reader, writer)

    async def read(self) -> bytes:
        """What has arrived, at least a byte. Unheard when the server has ended it, or it broke."""
        if self._sound:
            piece, self._sound = self._sound, b""
            return piece
        try:
            piece = await self._reader.read(PIECE)
        except OSError as error:
            raise Unheard("connection", "the connection broke") from error
        if not piece:
            raise Unheard("ended", "the server ended the stream")
        return piece

    async def close(self) -> None:
        """Hang up at once."""
        await _hang_up(self._writer)


async def _dial(where: Address, resolver: Resolver) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of the host's addresses that takes it; OSError of the last one that does not."""
    problem = OSError("no address")
    for found in await resolver.resolve(where.host, where.port, AF_UNSPEC):
        try:
            return await asyncio.open_connection(
                found["host"],
                found["port"],
                ssl=_trusted() if where.tls else None,
                server_hostname=where.host if where.tls else None,
                limit=PIECE,
            )
        except OSError as error:
            problem = error
    raise problem


async def _ask(where: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[Head, bytes]:
    """The head of the answer, and what came along with it."""
    try:
        writer.write(request(where))
        head, sound = await _parted(reader)
        return parse_head(head), sound
    except BaseException:  # refused, cancelled or too late: nobody else knows of the connection yet
        await _hang_up(writer)
        raise


async def _parted(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """What stands before the first empty line, and what has arrived after it."""
    # `readuntil` would let a head be as large as a piece of sound.
    answer = bytearray()
    while (end := answer.find(_HEAD_END, 0, LARGEST_HEAD)) < 0:
        if len(answer) >= LARGEST_HEAD:
            raise Unheard("http", "the answer is not HTTP: check the port")
        piece = await reader.read(LARGEST_HEAD)
        if not piece:
            raise Unheard("connection", "the server closed the connection without an answer")
        answer += piece
    return bytes(answer[:end]), bytes(answer[end + len(_HEAD_END) :])


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()  # a polite end of TLS would wait for the other side
    with suppress(OSError):
        await writer.wait_closed()


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()  # reads the system's authorities, which takes a while


def _told_apart(error: OSError) -> Unheard:
    if isinstance(error, ssl.SSLError):
        return Unheard(
            "connection", "no trusted TLS connection: check the certificate, and whether the url means https"
        )
    reason = strerror(error.errno) if error.errno and error.errno > 0 else "failed"
    return Unheard("connection", f"no connection ({reason}): is the server running?")
