"""A synthetic Icecast 2.4.4 on loopback, which counts what it is asked: `python -m bench.synthetic_icecast`.

It needs the standard library alone and answers with bytes made beforehand, so that its own time hardly counts in the
figures of those who ask it at every scrape. Only the lists of listeners are made anew each time, for on a real server
everybody's time grows. `/_hits` tells the requests so far, by path.
"""

import argparse
import asyncio
import base64
import json
import os
import time
from collections import Counter
from itertools import count
from urllib.parse import parse_qs, urlsplit

from bench import documents
from bench.crowd import Crowd

PASSWORD_VARIABLE = "ICECAST_PASSWORD"
HITS = "/_hits"

REFUSED = b"You need to authenticate\r\n"
NO_SOURCE = b"<html><head><title>Error 400</title></head><body><b>400 - Source does not exist</b></body></html>\r\n"
NOT_FOUND = (
    b"<html><head><title>Error 404</title></head><body><b>404 - The file could not be found</b></body></html>\r\n"
)


def reply(status: str, content_type: str, body: bytes) -> bytes:
    """A whole answer, in Icecast's dress."""
    return (
        f"HTTP/1.0 {status}\r\nServer: Icecast 2.4.4\r\nConnection: Close\r\nContent-Type: {content_type}\r\n"
        f"Cache-Control: no-cache, no-store\r\nExpires: Mon, 26 Jul 1997 05:00:00 GMT\r\nPragma: no-cache\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Station:
    """What the server knows: its documents and who asked for what."""

    def __init__(self, mount_count: int, password: str, listeners: int = documents.LISTENERS_PER_MOUNT) -> None:
        station, now = documents.mounts(mount_count, listeners), time.time()
        self.hits: Counter[str] = Counter()
        self._credentials = b"Basic " + base64.b64encode(f"admin:{password}".encode())
        self._mounts = {mount.path: mount for mount in station}
        self._crowds: dict[str, Crowd] = {}
        self._numbers = count(1)
        self._stats = reply("200 OK", "text/xml; charset=utf-8", documents.stats_xml(station, now))
        self._status = reply("200 OK", "application/json; charset=UTF-8", documents.status_json(station, now))

    def answer(self, request: bytes) -> bytes:
        """The answer to one request's head."""
        target = urlsplit(request.split(b" ", 2)[1].decode("ascii", "replace"))
        if target.path == HITS:
            return reply("200 OK", "application/json", json.dumps(self.hits).encode())
        self.hits[target.path] += 1
        if target.path == "/status-json.xsl":
            return self._status
        if not target.path.startswith("/admin/"):
            return reply("404 File Not Found", "text/html; charset=utf-8", NOT_FOUND)
        if self._credentials not in request:
            return reply("401 Authentication Required", "text/plain; charset=utf-8", REFUSED)
        return self._admin(target.path, parse_qs(target.query).get("mount", [""])[0])

    def _admin(self, path: str, mount: str) -> bytes:
        if path == "/admin/stats":
            return self._stats
        if path == "/admin/listclients" and mount in self._mounts:
            return self._listclients(mount)
        if path == "/admin/listclients":
            return reply("400 Source does not exist", "text/html; charset=utf-8", NO_SOURCE)
        return reply("404 File Not Found", "text/html; charset=utf-8", NOT_FOUND)

    def _listclients(self, mount: str) -> bytes:
        now = time.time()
        if mount not in self._crowds:
            self._crowds[mount] = Crowd(self._mounts[mount], self._numbers, now)
        return reply("200 OK", "text/xml; charset=utf-8", self._crowds[mount].listclients_xml(now))


class Conversation(asyncio.Protocol):
    """One connection: a request, `delay` seconds, an answer, the end."""

    def __init__(self, station: Station, delay: float) -> None:
        self._station = station
        self._delay = delay
        self._request = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request's head is whole."""
        self._request += data
        if b"\r\n\r\n" in self._request:
            answer = self._station.answer(self._request)
            delay = 0.0 if self._request.startswith(f"GET {HITS} ".encode()) else self._delay
            asyncio.get_running_loop().call_later(delay, self._say, answer)

    def _say(self, answer: bytes) -> None:
        if self._transport is not None:
            self._transport.write(answer)
            self._transport.close()


async def serve(port: int, station: Station, delay: float) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(station, delay), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


def main() -> None:
    """Serve with the admin password of the environment."""
    parser = argparse.ArgumentParser(prog="python -m bench.synthetic_icecast", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mounts", type=int, default=1000)
    parser.add_argument("--listeners", type=int, default=documents.LISTENERS_PER_MOUNT, help="of a mount, on average")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    station = Station(options.mounts, os.environ[PASSWORD_VARIABLE], options.listeners)
    asyncio.run(serve(options.port, station, options.delay))


if __name__ == "__main__":
    main()
