"""How many requests to Icecast twenty scrapes at the same moment cause."""

import time
from pathlib import Path

from bench import servers
from bench.client import Connection
from bench.errors import BenchError
from bench.servers import Icecast, Server

SCRAPES = 20
SLOW = 0.5
"""Seconds the server takes where scrapes ask it, so that all of them arrive while the first one waits."""


def extra_fetches_while_polled(folder: Path, mounts: int) -> int:
    """Requests beyond the regular polls."""
    with servers.icecast(folder, mounts) as upstream, servers.exporter(folder, upstream, listeners=False) as exporter:
        _await_poll(upstream)
        return _fetches(upstream, exporter)


def fetches_on_scrape(folder: Path, mounts: int) -> int:
    """Requests where `interval: 0s` has each scrape ask: 1 if all of them share one."""
    with (
        servers.icecast(folder, mounts, delay=SLOW) as upstream,
        servers.exporter(folder, upstream, "0s", listeners=False) as exporter,
    ):
        return _fetches(upstream, exporter)


def _fetches(upstream: Icecast, exporter: Server) -> int:
    connections = [Connection(exporter.port, "/metrics") for _ in range(SCRAPES)]
    before = sum(upstream.hits().values())
    try:
        for step in (Connection.connect, Connection.send, Connection.receive):
            for connection in connections:
                step(connection)
    finally:
        for connection in connections:
            connection.close()
    return sum(upstream.hits().values()) - before


def _await_poll(upstream: Icecast) -> None:
    """Return just after a poll, when the next one is a whole interval away."""
    before, until = upstream.hits(), time.monotonic() + 15
    while upstream.hits() == before:
        if time.monotonic() > until:
            raise BenchError("the exporter has stopped polling")
        time.sleep(0.05)
    time.sleep(0.5)
