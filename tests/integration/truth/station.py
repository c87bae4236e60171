"""A real Icecast, its sources and its listeners, with an exporter that watches, and is killed while people listen."""

import asyncio
import random
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import demo.icecast
from demo.icecast import Icecast, icecast
from demo.ports import free_port
from demo.programme import Feed, Mount
from demo.sources import playing
from tests.integration.truth import listeners, people, seen
from tests.integration.truth.exporter_process import Exporter, exporting
from tests.integration.truth.listeners import MOUNTS, Visit
from tests.running import Scrape

WALK = 2.0
"""Seconds from one reading of the lists of listeners to the next."""

PASSWORD = "a-password-that-only-icecast-knows"
SEED = 20261121


@dataclass(frozen=True)
class Row:
    """A session as the store has it; times in milliseconds."""

    connection: int
    person: bool
    server: str
    channel: str
    country: str
    player_class: str
    started: int
    lasted: int
    reason: str
    final: bool


@dataclass
class Run:
    """What happened, and what the exporter said of it.

    Attributes:
        visits: in the order of their arrival.
        rows: the stored sessions in the order in which Icecast numbered their connections, which is the same.
        page: /metrics when everybody had left.
        away: from when to when the exporter did not answer, in Unix time.
        logged: how many seconds each visit has lasted by Icecast's own access log.
        asked: when Icecast was asked for a list of listeners, by the same log: whole seconds of Unix time, in order.
    """

    visits: list[Visit]
    rows: list[Row]
    page: Scrape
    away: list[tuple[float, float]]
    logged: list[int]
    asked: list[float]


@dataclass(frozen=True)
class Scenario:
    """`authentication`: Icecast also tells of each who leaves. `killed`: the exporter is, when half have come."""

    authentication: bool
    killed: bool


async def all_of(folder: Path, scenarios: dict[str, Scenario]) -> dict[str, Run]:
    """All of them side by side, each with an Icecast and an exporter of its own."""
    ports = {folder / name: free_port() for name in scenarios}
    plain = demo.icecast.configuration

    def configuration(settings: demo.icecast.Settings) -> str:
        place = settings.folder.parent
        told = scenarios[place.name].authentication
        return with_authentication(plain(settings), ports[place]) if told else plain(settings)

    with patch.object(demo.icecast, "configuration", configuration):
        runs = [run(place, scenarios[place.name], port) for place, port in ports.items()]
        return dict(zip(scenarios, await asyncio.gather(*runs), strict=True))


def with_authentication(configuration: str, port: int) -> str:
    """Icecast posts to the exporter whenever somebody leaves, and shows a password."""
    root = ET.fromstring(configuration)
    told = {
        "listener_remove": f"http://127.0.0.1:{port}/api/v1/icecast/auth",
        "username": "radio",
        "password": PASSWORD,
    }
    for mount in root.iter("mount"):
        authentication = ET.SubElement(mount, "authentication", type="url")
        for name, value in told.items():
            ET.SubElement(authentication, "option", name=name, value=value)
    return ET.tostring(root, encoding="unicode")


async def run(folder: Path, scenario: Scenario, port: int) -> Run:
    """Let everybody come and go."""
    # The lists of listeners show who stays for two walks; whoever leaves is told of however short the visit was.
    coming = listeners.visits(1.2 if scenario.authentication else 2 * WALK + 1, random.Random(SEED))
    async with AsyncExitStack() as stack:
        server = await on_air(stack, folder)
        exporter = await stack.enter_async_context(exporting(folder / "exporter", port, **_sections(server, folder)))
        await exporter.ready()
        noticed = asyncio.Event()
        noticed.set()
        async with asyncio.TaskGroup() as tasks:
            for visit in coming:
                tasks.create_task(listeners.visit(visit, server.host, server.port, noticed))
            if scenario.killed:
                await asyncio.sleep(listeners.ARRIVALS / 2)
                await _crash(exporter, noticed)
        page = await _settled(exporter)
        await exporter.stop()
    log = (folder / "icecast" / "access.log").read_text(errors="replace").splitlines()
    rows = _rows(exporter.state / "radio.db")
    return Run(coming, rows, page, exporter.away, _logged(log, coming), _asked(log))


async def _crash(exporter: Exporter, noticed: asyncio.Event) -> None:
    """Have it killed. Nobody could know of those who come and go meanwhile, or before they were stored: they stay."""
    noticed.clear()
    await asyncio.sleep(2 * WALK)
    await exporter.crash()
    await exporter.ready()
    noticed.set()


async def on_air(stack: AsyncExitStack, folder: Path) -> Icecast:
    """An Icecast with all its sources."""
    server = await stack.enter_async_context(icecast(folder / "icecast", mounts=[Mount(path) for path in MOUNTS]))
    for mount in MOUNTS:
        feed = Feed(mount, "Truth", "Talk", "sine=frequency=440:sample_rate=22050", kilobits=64, sample_rate=22050)
        log = folder / "source.log"
        await stack.enter_async_context(playing(feed, server.host, server.port, server.passwords.source, log))
    return server


def _sections(server: Icecast, folder: Path) -> dict[str, Any]:
    watched = {
        "name": "main",
        "url": server.url,
        "password_file": str(server.admin_password_file),
        "interval": "1s",
        "listeners": {"interval": f"{WALK:g}s"},
    }
    database = people.geoip(folder / "world.mmdb", people.HERE)
    return {"icecast": [watched], "ingest": {"password": PASSWORD}, "geoip": {"database": str(database)}}


async def _settled(exporter: Exporter) -> Scrape:
    """Its page when nobody is there any more and the distinct listeners were counted once more."""
    async with asyncio.timeout(30):
        while seen.total(page := await exporter.scrape(), "radio_sessions_active"):
            await asyncio.sleep(0.2)
        started = seen.total(page, "radio_listeners_new_total")
        while page.get("radio_station_unique_listeners", window="1h") != started:
            await asyncio.sleep(0.5)
            page = await exporter.scrape()
    return page


def _rows(store: Path) -> list[Row]:
    with seen.Store(store) as tables:
        columns = "connection, person, server, channel, country, player_class, started, seen - started, reason, final"
        return [Row(*row) for row in tables.rows(f"SELECT {columns} FROM session ORDER BY connection")]


LINE = re.compile(r'(\S+) .* "GET (\S+) HTTP/1\.0" 200 .* (\d+)$')
ASKED = re.compile(r'\[([^]]+)\] "GET /admin/listclients .* 200 ')


def _logged(log: list[str], visits: list[Visit]) -> list[int]:
    """Icecast writes a line when a listener has gone: address, mount, and seconds at the end."""
    seconds: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for line in log:
        if found := LINE.match(line):
            seconds[found[1], found[2]].append(int(found[3]))
    # Two visits of one listener may end at once, in either order: the longer line is of the longer one.
    for lines in seconds.values():
        lines.sort()
    longest = sorted(range(len(visits)), key=lambda place: visits[place].lasted, reverse=True)
    logged = {place: seconds[visits[place].address, visits[place].mount].pop() for place in longest}
    return [logged[place] for place in range(len(visits))]


def _asked(log: list[str]) -> list[float]:
    return [
        datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z").timestamp() for line in log if (found := ASKED.search(line))
    ]
