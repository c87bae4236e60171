"""The benchmark's client, against one-answer servers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bench.client import Connection, get
from bench.errors import BenchError


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """The port of a server that gives one connection these answers, one a request, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def test_a_connection_is_kept() -> None:
    kept = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
    large = bytes(3_000_000)
    with answering(kept % (2, b"ab"), kept % (len(large), large)) as port, closing(Connection(port, "/")) as connection:
        connection.get()
        assert (connection.body, connection.size) == (b"ab", 2)
        connection.get()
        assert connection.body == large


def test_an_answer_may_end_with_its_connection() -> None:
    with answering(b"HTTP/1.0 200 OK\r\n\r\nuntil the end") as port:
        assert get(port, "/") == b"until the end"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", "answered 500 with 2 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "answered 200 with 0 bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "broke off"),
        (b"HTTP/1.1", "without an answer"),
    ],
)
def test_anything_else_is_an_error(answer: bytes, complaint: str) -> None:
    with answering(answer) as port, pytest.raises(BenchError, match=complaint):
        get(port, "/")
