"""Webhooks: how many play events a second are acknowledged, how soon, and what many open sessions take of memory."""

import re
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import limits, servers
from bench.client import get
from bench.errors import BenchError
from bench.places import write_places
from bench.play_events import BATCH, lives, openings
from bench.process import Program, free_port, memory, peak_memory, processor_seconds, running
from bench.progress import say
from bench.senders import Sent, requests, send
from bench.servers import Server

OPEN_SESSIONS = 100_000
CONNECTIONS = (1, 2, 4, 8, 16)
TRIED, MEASURED = 8_000, 80_000
"""Whole sessions, of three events each, for each number of connections, and for the long run with the best of them."""

NEARLY = 0.85

PATH = "/api/webhook"
TOKEN_VARIABLE = "INGEST_TOKEN"
GROUP = 4000
"""Rows in one commit, where many senders share one."""


@dataclass(frozen=True, slots=True)
class Run:
    """Facts that were sent over so many connections. `processor` = seconds of the receiver's processor time."""

    facts: int
    connections: int
    sent: Sent
    processor: float

    @property
    def rate(self) -> float:
        """Facts a second."""
        return self.facts / self.sent.seconds


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What was measured.

    Attributes:
        opening: of OPEN_SESSIONS.
        tried: with different numbers of connections; `best` = for longer with the best of them; `bare` = with that
            number too, of a handler that does nothing.
        memory_before, memory_open, memory_most: in bytes, before any session, with OPEN_SESSIONS, and the most ever.
        limits: facts a second of what does one part of the work alone.
    """

    opening: Run
    tried: Sequence[Run]
    best: Run
    bare: Run
    memory_before: int
    memory_open: int
    memory_most: int
    limits: Mapping[str, float]


def run(folder: Path) -> Webhooks:
    """Measure everything."""
    token = secrets.token_urlsafe(16)
    say(f"webhooks: making the events of {OPEN_SESSIONS + len(CONNECTIONS) * TRIED + MEASURED:,} sessions")
    opening, first = openings(0, OPEN_SESSIONS), OPEN_SESSIONS
    tries = []
    for number in (*[TRIED] * len(CONNECTIONS), MEASURED):
        tries.append(lives(first, number))
        first += number
    with _ours(folder, token) as ours:
        before = memory(ours.pid)
        opened = _opened(ours, token, opening)
        with_sessions = memory(ours.pid)
        tried = [_tried(ours, token, some, connections) for connections, some in zip(CONNECTIONS, tries, strict=False)]
        number = fewest(tried)
        best = _tried(ours, token, tries[-1], number)
        _check(ours, OPEN_SESSIONS + 3 * (len(CONNECTIONS) * TRIED + MEASURED), "radio_ingest_facts_total")
        most = peak_memory(ours.pid)
    with _bare(folder) as bare:
        say("webhooks: the bare handler, then msgspec and SQLite alone")
        nothing = _sent(bare, token, tries[-1], number)
    return Webhooks(opened, tried, best, nothing, before, with_sessions, most, _limits(folder, tries[-1]))


def fewest(tried: Sequence[Run]) -> int:
    """The fewest connections that are nearly as fast as any number: with more of them everybody just waits longer."""
    enough = NEARLY * max(run.rate for run in tried)
    return min(run.connections for run in tried if run.rate >= enough)


def _opened(ours: Server, token: str, bodies: Sequence[bytes]) -> Run:
    say(f"webhooks: opening {OPEN_SESSIONS:,} sessions")
    run = _sent(ours, token, bodies, 8)
    time.sleep(5)  # a checkpoint or two: what waits for the store is not what sessions take
    _check(ours, OPEN_SESSIONS, "radio_sessions_active")
    return run


def _tried(ours: Server, token: str, bodies: Sequence[bytes], connections: int) -> Run:
    say(f"webhooks: {len(bodies) * BATCH:,} events over {connections} connections")
    return _sent(ours, token, bodies, connections)


def _sent(server: Server, token: str, bodies: Sequence[bytes], connections: int) -> Run:
    whole, before = requests(server.port, PATH, token, bodies), processor_seconds(server.pid)
    sent = send(server.port, whole, connections)
    return Run(len(bodies) * BATCH, connections, sent, processor_seconds(server.pid) - before)


def _check(ours: Server, wanted: int, family: str) -> None:
    """What is measured must be what happened."""
    time.sleep(1.5)  # the samples are at most a second old
    page = get(ours.port, "/metrics").decode()
    counted = sum(float(value) for value in re.findall(rf"^{family}\{{.*\}} (\S+)$", page, re.MULTILINE))
    if counted != wanted:
        raise BenchError(f"{family} is {counted:,.0f} where {wanted:,} were sent and acknowledged")


def _limits(folder: Path, bodies: Sequence[bytes]) -> dict[str, float]:
    facts = len(bodies) * BATCH
    return {
        "msgspec decodes": facts / limits.decode(bodies),
        f"SQLite inserts, a commit for {BATCH:,}": facts / 4 / limits.insert(folder, facts // 4, BATCH),
        f"SQLite inserts, a commit for {GROUP:,}": facts / limits.insert(folder, facts, GROUP),
    }


@contextmanager
def _ours(folder: Path, token: str) -> Iterator[Server]:
    places = write_places(folder / "places.mmdb")
    sections = {
        # One client stands for many servers, each of which would have a rate of its own.
        "ingest": {"token": f"${{{TOKEN_VARIABLE}}}", "rate": 1_000_000},
        "geoip": {"database": str(places)},
    }
    with servers.configured(folder, sections, {TOKEN_VARIABLE: token}, b"radio_exporter_store_up 1") as ours:
        yield ours


@contextmanager
def _bare(folder: Path) -> Iterator[Server]:
    port = free_port()
    argv = [sys.executable, "-m", "bench.bare_webhook", f"--port={port}"]
    with running(Program("bare-webhook", argv, folder, {}), ready=lambda: bool(get(port, "/"))) as pid:
        yield Server(pid, port)
