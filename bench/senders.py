"""Senders of webhooks: connections that are kept, each with one request under way, the next as soon as it is answered.

They cost as little as they can, for they share the processor with whom they measure: requests are made beforehand as
bytes, and of an answer no more is read than its status and its end.
"""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.process import LOOPBACK
from bench.timings import Timing, timing

WITHIN = 120.0
"""Seconds for everything."""

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending came to: seconds from the first byte to the last answer, and how long each answer took."""

    requests: int
    seconds: float
    answers: Timing


def requests(port: int, path: str, token: str, bodies: Sequence[bytes]) -> list[bytes]:
    """Whole requests out of bodies."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode("ascii")
    return [b"%b%d\r\n\r\n%b" % (head, len(body), body) for body in bodies]


def send(port: int, whole: Sequence[bytes], connections: int) -> Sent:
    """Have all of these requests answered over so many connections; BenchError unless every answer is a 200."""
    return asyncio.run(_send(port, whole, connections))


async def _send(port: int, whole: Sequence[bytes], connections: int) -> Sent:
    loop = asyncio.get_running_loop()
    waiting, seconds = iter(whole), list[float]()
    senders = [Sender(waiting, seconds) for _ in range(connections)]
    for sender in senders:
        await loop.create_connection(lambda sender=sender: sender, LOOPBACK, port)  # type: ignore[misc]
    began = time.perf_counter()
    try:
        async with asyncio.timeout(WITHIN):
            await asyncio.gather(*(sender.all_sent() for sender in senders))
    except TimeoutError as error:
        raise BenchError(f"{len(whole)} requests were not answered within {WITHIN:g} s") from error
    finally:
        for sender in senders:
            sender.close()
    return Sent(len(whole), time.perf_counter() - began, timing(seconds, 0))


class Sender(asyncio.Protocol):
    """One connection.

    Args:
        waiting: the requests, shared by all connections.
        seconds: takes how long each answer took.
    """

    def __init__(self, waiting: Iterator[bytes], seconds: list[float]) -> None:
        self._waiting, self._seconds = waiting, seconds
        self._transport: asyncio.Transport | None = None
        self._answer = b""
        self._asked = 0.0
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def all_sent(self) -> None:
        """Send until nothing waits any more."""
        self._next()
        await self._done

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """The other side must not end it."""
        if not self._done.done():
            self._done.set_exception(error or BenchError("the connection was closed without an answer"))

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._answer += data
        end = self._answer.find(_HEAD_END)
        if end < 0:
            return
        length = _LENGTH.search(self._answer, 0, end)
        if len(self._answer) < end + len(_HEAD_END) + (int(length[1]) if length else 0):
            return
        self._seconds.append(time.perf_counter() - self._asked)
        answer, self._answer = self._answer, b""
        if answer[9:12] == b"200":
            self._next()
        elif not self._done.done():
            self._done.set_exception(BenchError(f"a webhook was answered {answer[9:200].decode('ascii', 'replace')}"))

    def _next(self) -> None:
        request = next(self._waiting, None)
        if request is None or self._transport is None:
            self._done.set_result(None)
            return
        self._asked = time.perf_counter()
        self._transport.write(request)
