"""One size of station: everybody's latency and memory, and our event loop's lag."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import lag, servers
from bench.client import Connection, get
from bench.earhorn import earhorn
from bench.errors import BenchError
from bench.interleave import Case, Extent, interleave
from bench.lag import Lag
from bench.process import peak_memory
from bench.progress import say
from bench.servers import Icecast, Server
from bench.timings import Timing, timing
from exporter.audience.audience import COUNT_LISTENERS_EVERY

OURS, EARHORN, BARE = "radio-exporter", "earhorn", "bare aiohttp"
IDENTITY, GZIP = "identity", "gzip"
CODINGS = (IDENTITY, GZIP)
SCRAPE_INTERVAL = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with one size. `quiet` = seconds to watch the event loop with a scrape every 5 s; 0 = not at all."""

    mounts: int
    extent: Extent
    quiet: float = 0.0


@dataclass(frozen=True, slots=True)
class Calm:
    """Our exporter scraped every 5 s, as Prometheus does: each scrape is the first one after a poll."""

    scrapes: Timing
    lag: Lag
    idle: Lag
    """Of a process that did nothing meanwhile: what the machine itself adds."""


@dataclass(slots=True)
class Outcome:
    """What one size showed. Timings by who and coding, peak memory in bytes by who."""

    mounts: int
    timings: dict[tuple[str, str], Timing] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    upstream: float = 0.0
    """Seconds the synthetic Icecast itself takes for /admin/stats, the client's time included (median)."""
    hammered: Lag | None = None
    """Of our event loop while everybody was asked without a pause."""
    calm: Calm | None = None

    @property
    def complete(self) -> bool:
        """Whether everybody took part."""
        return self.memory.keys() == {OURS, EARHORN, BARE}


@contextmanager
def contestants(folder: Path, upstream: Icecast, earhorn_python: Path | None) -> Iterator[dict[str, Server]]:
    """All processes that are compared, ready to be asked."""
    with ExitStack() as running:
        ours = running.enter_context(servers.exporter(folder, upstream))
        _await_whole_page(ours)
        plain, gzipped = (_page(ours, coding) for coding in CODINGS)
        them = {OURS: ours}
        if earhorn_python is not None:
            try:
                them[EARHORN] = running.enter_context(earhorn(folder, earhorn_python, upstream))
            except BenchError as error:
                say(f"going on without {EARHORN}: {error}")
        them[BARE] = running.enter_context(servers.bare_handler(folder, plain, gzipped))
        yield them


def run(plan: Plan, folder: Path, earhorn_python: Path | None) -> Outcome:
    """Measure one size."""
    outcome = Outcome(plan.mounts)
    say(f"{plan.mounts} mounts: starting everybody")
    with servers.icecast(folder, plan.mounts) as upstream, contestants(folder, upstream, earhorn_python) as them:
        say(f"{plan.mounts} mounts: asking in turn, for at least {plan.extent.seconds:g} s")
        before = _lag_so_far(them[OURS])
        _ask_in_turn(outcome, them, plan.extent)
        outcome.hammered = lag.between(before, _lag_so_far(them[OURS]))
        outcome.upstream = _upstream_time(upstream)
        if plan.quiet:
            say(f"{plan.mounts} mounts: watching the event loop for {plan.quiet:g} s, with a scrape every 5 s")
            outcome.calm = _scrape_calmly(them[OURS], plan.quiet)
        outcome.memory = {who: peak_memory(server.pid) for who, server in them.items()}
    return outcome


def _ask_in_turn(outcome: Outcome, them: Mapping[str, Server], extent: Extent) -> None:
    connections = {(who, coding): _connection(server, coding) for coding in CODINGS for who, server in them.items()}
    cases = [
        Case(who, coding, connection.get, slow=who == EARHORN) for (who, coding), connection in connections.items()
    ]
    for case in cases:  # whoever makes something ready at the first request may do so unseen
        case.ask()
    interleave(cases, extent)
    for case in cases:
        connection = connections[case.who, case.coding]
        outcome.timings[case.who, case.coding] = timing(case.seconds, connection.size)
        connection.close()


def _lag_so_far(ours: Server) -> lag.Buckets:
    return lag.buckets(get(ours.port, "/metrics").decode())


def _scrape_calmly(ours: Server, seconds: float) -> Calm:
    connection, before = _connection(ours, GZIP), _lag_so_far(ours)
    case, idle = Case(OURS, GZIP, connection.get), [0.0]
    for _ in range(math.ceil(seconds / SCRAPE_INTERVAL)):
        idle += lag.idle(SCRAPE_INTERVAL)
        case.time()
    connection.close()
    return Calm(timing(case.seconds, connection.size), lag.between(before, _lag_so_far(ours)), lag.of(idle))


def _upstream_time(upstream: Icecast) -> float:
    connection = Connection(upstream.port, "/admin/stats", upstream.authorization)
    case = Case("upstream", IDENTITY, connection.get)
    interleave([case], Extent(seconds=0, requests=50, slow_requests=0, limit=5))
    return timing(case.seconds, connection.size).median


def _connection(server: Server, coding: str) -> Connection:
    return Connection(server.port, "/metrics", {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": coding})


def _await_whole_page(ours: Server) -> None:
    """Return when everything is on it: listeners are counted after a while, their times only when some have left."""
    until, size, page = time.monotonic() + 90, 0, b""
    while len(page) > 1.01 * size or b"radio_session_duration_seconds_count{" not in page:
        if time.monotonic() > until:
            raise BenchError("the page of metrics does not become whole")
        size = len(page)
        time.sleep(COUNT_LISTENERS_EVERY)
        page = _page(ours, IDENTITY)


def _page(ours: Server, coding: str) -> bytes:
    connection = _connection(ours, coding)
    connection.get()
    connection.close()
    return connection.body
