"""Polling one mount with very many listeners: processor time of a round, the event loop's lag, `/metrics` meanwhile."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from bench import lag, limits, servers
from bench.client import Connection, get
from bench.errors import BenchError
from bench.lag import Lag
from bench.process import memory, processor_seconds
from bench.progress import say
from bench.servers import Icecast, Server
from bench.timings import Timing, timing

LISTENERS = 50_000
ROUNDS = 6
WALK_EVERY = 5
"""Seconds between two rounds. The default is 15; here nothing is gained by waiting."""

SCRAPE_EVERY = 1.03
"""Seconds between two scrapes: they drift through the rounds."""

LISTS = "/admin/listclients"
WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Crowded:
    """What was measured.

    Attributes:
        rounds: how many lists were read while it was looked at, the first one not among them.
        processor: seconds of the exporter's processor time for each of them, all else it did meanwhile included.
        first: seconds of processor time until the first round was over, in which everybody is new.
        scrapes: of `/metrics` while the rounds went on.
        lag: of the event loop meanwhile; `steps` = the histogram's buckets: looks that were at most so late.
        memory: in bytes, behind the last round.
        limits: processor seconds of what does a part of the work alone.
    """

    rounds: int
    processor: float
    first: float
    scrapes: Timing
    lag: Lag
    steps: dict[float, int]
    memory: int
    limits: dict[str, float] = field(default_factory=dict)


def run(folder: Path) -> Crowded:
    """Measure everything."""
    say(f"listeners: {LISTENERS:,} on one mount, {ROUNDS} rounds")
    with (
        servers.icecast(folder, 1, listeners=LISTENERS) as upstream,
        servers.exporter(folder, upstream, walk=f"{WALK_EVERY}s") as ours,
    ):
        time.sleep(1)  # the last of the first list may still be on its way into the store
        return _measure(folder, upstream, ours, processor_seconds(ours.pid))


def _measure(folder: Path, upstream: Icecast, ours: Server, first: float) -> Crowded:
    connection = Connection(ours.port, "/metrics", {"Accept-Encoding": "identity"})
    _scraped_until(upstream, 2, connection)  # the round that has everybody for a second time warms everything up
    before, lags = processor_seconds(ours.pid), lag.buckets(get(ours.port, "/metrics").decode())
    seconds = _scraped_until(upstream, 2 + ROUNDS, connection)
    after, page = processor_seconds(ours.pid), get(ours.port, "/metrics").decode()
    connection.close()
    found = lag.buckets(page)
    return Crowded(
        ROUNDS,
        (after - before) / ROUNDS,
        first,
        timing(seconds, connection.size),
        lag.between(lags, found),
        lag.steps(lags, found),
        memory(ours.pid),
        _limits(folder, upstream),
    )


def _scraped_until(upstream: Icecast, lists: int, connection: Connection) -> list[float]:
    """Scrape until so many lists were asked for, and a little longer, for the last round to end; seconds of each."""
    seconds: list[float] = []
    until = time.monotonic() + WITHIN
    while upstream.hits().get(LISTS, 0) < lists:
        if time.monotonic() > until:
            raise BenchError("the exporter has stopped reading lists of listeners")
        seconds.append(_scraped(connection))
        time.sleep(SCRAPE_EVERY)
    for _ in range(3):
        seconds.append(_scraped(connection))
        time.sleep(SCRAPE_EVERY)
    return seconds


def _scraped(connection: Connection) -> float:
    began = time.perf_counter()
    connection.get()
    return time.perf_counter() - began


def _limits(folder: Path, upstream: Icecast) -> dict[str, float]:
    connection = Connection(upstream.port, f"{LISTS}?mount=/m0000.mp3", upstream.authorization)
    connection.get()
    document = connection.body
    return {
        "expat reads the list, nobody is told": limits.parse(document, handled=False),
        "expat reads the list, three empty functions are told": limits.parse(document, handled=True),
        f"SQLite inserts {LISTENERS:,} rows, one commit": limits.insert(folder, LISTENERS, LISTENERS),
    }
