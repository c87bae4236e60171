"""A cheap HTTP client: one raw socket, kept open where the server allows it, read to the last byte.

What it costs itself is in every figure alike, so it parses no more than it must: status, length, whether to go on.
"""

import re
import socket
import struct
from collections.abc import Mapping

from bench.errors import BenchError
from bench.process import LOOPBACK

TIMEOUT = 30
"""Seconds without a byte."""

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_KEEP = re.compile(rb"\r\nconnection: *keep-alive", re.IGNORECASE)


class Connection:
    """Asks one path of one server on loopback, again and again."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str] | None = None) -> None:
        lines = {"Host": f"{LOOPBACK}:{port}", **(headers or {})}
        fields = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._request = f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode("ascii")
        self._what = f"{LOOPBACK}:{port}{path}"
        self._address = (LOOPBACK, port)
        self._socket: socket.socket | None = None
        self._buffer = bytearray(1 << 20)
        self._head = self._filled = 0

    def get(self) -> None:
        """Ask, and read the whole answer; BenchError unless it is a 200 with a body."""
        self.send()
        self.receive()

    def connect(self) -> socket.socket:
        """The open connection, made now if there is none."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A timeout of the kernel's: Python's own would cost a poll() for every read.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", TIMEOUT, 0))
        return self._socket

    def send(self) -> None:
        """Ask."""
        self.connect().sendall(self._request)

    def receive(self) -> None:
        """Read the answer to the last byte."""
        self._filled = 0
        while (end := self._buffer.find(_HEAD_END, 0, self._filled)) < 0:
            if not self._read():
                raise BenchError(f"{self._what} closed the connection without an answer")
        self._head = end + len(_HEAD_END)
        head = bytes(self._buffer[: self._head])
        self._read_body(head)
        if _CLOSE.search(head) or (head.startswith(b"HTTP/1.0") and not _KEEP.search(head)):
            self.close()
        status = head[9:12]
        if status != b"200" or not self.size:
            raise BenchError(f"{self._what} answered {status.decode('ascii', 'replace')} with {self.size} bytes")

    @property
    def size(self) -> int:
        """Bytes of the latest answer's body."""
        return self._filled - self._head

    @property
    def body(self) -> bytes:
        """The latest answer's body, as it came."""
        return bytes(self._buffer[self._head : self._filled])

    def header(self, name: str) -> str:
        """A header of the latest answer; empty if it was not sent."""
        head = bytes(self._buffer[: self._head]).decode("latin-1")
        found = re.search(rf"\r\n{re.escape(name)}: *([^\r]*)", head, re.IGNORECASE)
        return found[1] if found else ""

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read_body(self, head: bytes) -> None:
        length = _LENGTH.search(head)
        if length is None:  # it ends where the connection ends
            while self._read():
                pass
            self.close()
            return
        whole = self._head + int(length[1])
        while self._filled < whole:
            if not self._read():
                raise BenchError(f"{self._what} broke off in the middle of its answer")

    def _read(self) -> int:
        if self._filled == len(self._buffer):
            self._buffer += bytes(len(self._buffer))
        received = self.connect().recv_into(memoryview(self._buffer)[self._filled :])
        self._filled += received
        return received


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """The body of one answer, over a connection of its own."""
    connection = Connection(port, path, headers)
    try:
        connection.get()
        return connection.body
    finally:
        connection.close()
