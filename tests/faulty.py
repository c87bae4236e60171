"""A small Icecast whose misbehaviour can be changed while it runs, speaking over raw sockets so that it can break HTTP too."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp.test_utils import TestClient

from tests.captures import capture
from tests.listening import end
from tests.running import Scrape, scrape

OK = b"HTTP/1.0 200 OK\r\nConnection: Close\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n"
STATISTICS = ("/admin/stats", "/status-json.xsl", "/statistics?json=1", "/7.html")
HTML = b"<html><head><title>Login</title></head><body>Welcome to nginx &nbsp; <br></body></html>"


def status(line: str, body: bytes = b"no\r\n") -> bytes:
    """A whole reply with another status than 200."""
    return f"HTTP/1.0 {line}\r\nConnection: Close\r\nContent-Type: text/plain\r\n\r\n".encode() + body


class FaultyIcecast:
    """`fault` names what it does to every request; `document` is what it says of itself when it works."""

    def __init__(self) -> None:
        self.fault = ""
        self.document = capture("2.4.4/stats.many")
        self.hits: Counter[str] = Counter()
        self.authorizations: list[str] = []
        self.port = 0
        self.listclients: dict[str, bytes] = {}
        self.other: dict[str, bytes] = {}
        self.delay = 0.0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def polls(self) -> int:
        """How often it was asked for its statistics; the exporter asks again when it has done with the last answer."""
        return sum(self.hits[path] for path in STATISTICS)

    def reply(self, path: str) -> bytes | None:
        """The bytes to send; None = say nothing and keep the connection open."""
        whole = self._document(path)
        replies = {
            "401": status("401 Authentication Required"),
            "403": status("403 Forbidden"),
            "404": status("404 Not Found"),
            "500": status("500 Internal Server Error", b"<html><body><b>500 - boom</b></body></html>"),
            "302": b"HTTP/1.0 302 Found\r\nLocation: /login\r\n\r\n",
            "html": OK + HTML,
            "empty": OK,
            "half": OK + whole[: len(whole) // 2],
            "cut": OK.replace(b"\r\n\r\n", b"\r\nContent-Length: 99999\r\n\r\n") + whole[: len(whole) // 2],
            "xml": OK + b'<?xml version="1.0"?><rss><channel/></rss>',
            "hollow": OK + b"<icestats></icestats>",
            "bomb": OK + b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><icestats><host>&b;</host></icestats>',
            "ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n",
            "silent": b"",
            "hang": None,
        }
        return replies[self.fault] if self.fault else self._answer(path, whole)

    def _document(self, path: str) -> bytes:
        return self.other.get(path, self.document)

    def _answer(self, path: str, whole: bytes) -> bytes:
        if path.startswith("/admin/listclients"):
            mount = path.partition("mount=")[2]
            rows = self.listclients.get(mount)
            return status("400 Bad Request") if rows is None else OK + rows
        if path != "/admin/stats" and path not in self.other:
            return status("404 File Not Found")
        return OK + whole

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = request.split(" ", 2)[1]
            self.hits[path.partition("?")[0] if "mount=" in path else path] += 1
            self.authorizations += [line for line in request.splitlines() if line.lower().startswith("authorization")]
            if self.delay:
                await asyncio.sleep(self.delay)
            answer = self.reply(path)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def faulty_icecast(port: int = 0) -> AsyncIterator[FaultyIcecast]:
    """Run one on a free port (or a given one)."""
    icecast = FaultyIcecast()
    server = await asyncio.start_server(icecast.serve, "127.0.0.1", port)
    icecast.port = server.sockets[0].getsockname()[1]
    try:
        yield icecast
    finally:
        await end(server)


async def until(
    client: TestClient[Any, Any], holds: Callable[[Scrape], bool], server: FaultyIcecast | None = None, polls: int = 1
) -> Scrape:
    """Scrape until something holds. With a server: after so many of its answers, however slow the machine is."""
    before = server.polls if server else 0
    async with asyncio.timeout(60):
        while True:
            asked = server.polls if server else 0
            page = await scrape(client)
            if holds(page):
                return page
            # Whoever asks once more has done with what it was told before.
            assert asked - before <= polls, page.text
            await asyncio.sleep(0.02)
