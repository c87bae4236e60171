"""Every alert of the music, from the exporter's page to somebody's pager: a real Prometheus, a real Alertmanager.

Rules, alerts, routes and inhibitions are the repository's own. What an expression asks of the past was put into
Prometheus before it starts. Nobody waits two hours in a test, so in a copy of the music's rules and alerts the `for:`
lines are shortened, and with them the intervals of their groups: 5 s each. Expressions and thresholds are what they are,
and so is all that Alertmanager waits for. Prometheus repeats an alert after 10 s instead of a minute, for Alertmanager
may not have been found yet when it says the first.
"""

import asyncio
import re
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from demo import servers
from demo.ports import free_port
from demo.process import Process, Program, find_program, running
from demo.readiness import answers
from tests.integration import studios
from tests.integration.receiver import Receiver
from tests.integration.test_pager import our_receiver_everywhere
from tests.services import need

pytestmark = [pytest.mark.integration, pytest.mark.waits]

TOLD = {(alert, studios.name(subject)) for alert, subject in studios.SUBJECTS.items()}

INHIBITED = {
    ("RequestsUnanswered", "studio-down"),
    ("SamHistoryDisrupted", "studio-down"),
    ("QueueEmpty", "studio-stopped"),
    ("NoStationId", "studio-stopped"),
}
"""What is also true of two of the studios, and goes without saying."""

WITHIN = 90
"""Seconds after Prometheus started: a scrape, three evaluations, and the minute that Alertmanager waits for more of a kind."""

GATHERED = 75
"""Seconds after which an alert that is not inhibited was delivered: that minute, a repetition, and a margin."""


@dataclass
class Heard(Receiver):
    """What was delivered, and in what words."""

    summaries: dict[tuple[str, str | None], str] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        for alert in (await request.json())["alerts"]:
            self.summaries[alert["labels"]["alertname"], alert["labels"].get("server")] = alert["annotations"][
                "summary"
            ]
        return await super().take(request)

    def alerts(self) -> set[tuple[str, str | None]]:
        """Name and studio of each; Watchdog always comes."""
        return self.summaries.keys() - {("Watchdog", None)}


@asynccontextmanager
async def exporter_and_receiver(began: float) -> AsyncIterator[tuple[int, Heard]]:
    """The exporter's page of all studios, and at the same port somebody to be told."""
    heard = Heard()

    async def metrics(_: web.Request) -> web.Response:
        text = studios.page(began, time.time() - began)
        return web.Response(body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.post("/alerts", heard.take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        heard.url = f"http://127.0.0.1:{port}/alerts"
        yield port, heard
    finally:
        await runner.cleanup()


def lay_out(folder: Path, ports: dict[str, int]) -> None:
    """Prometheus's folder, with the rules and alerts copied, and those of the music in a hurry."""
    servers.lay_out_prometheus(folder, ports)
    for kind in ("rules", "alerts"):
        (folder / kind).unlink()
        shutil.copytree(servers.ROOT / "alerting" / kind, folder / kind)
        for file in (folder / kind).glob("sam*.yml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                re.sub(r"^( +(?:for|interval):) \w+$", r"\1 5s", text, flags=re.MULTILINE), encoding="utf-8"
            )


def remember(folder: Path, history: str) -> None:
    """Put samples of the past into Prometheus's storage."""
    file = folder / "history.om"
    file.write_text(history, encoding="utf-8")
    argv = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(folder / "data")]
    subprocess.run(argv, check=True, capture_output=True)
    file.unlink()  # 30 MB


@asynccontextmanager
async def prometheus(folder: Path, port: int) -> AsyncIterator[Process]:
    argv = [
        find_program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--rules.alert.resend-delay=10s",
    ]  # fmt: skip
    program = Program("Prometheus", argv, folder / "prometheus.log", folder=folder)
    async with running(program, ready=lambda: answers(f"http://127.0.0.1:{port}/-/ready"), within=60) as process:
        yield process


@dataclass
class Chain:
    """From page to pager: Alertmanager's address, who hears, and when (monotonic) Prometheus was started."""

    alertmanager: str
    heard: Heard
    started: float

    async def known(self) -> dict[str, list[dict[str, Any]]]:
        """Alertmanager's alerts of studios by their state: `active`, or `suppressed`."""
        found = defaultdict(list)
        async with aiohttp.ClientSession() as session, session.get(f"{self.alertmanager}/api/v2/alerts") as reply:
            for alert in await reply.json():
                if "server" in alert["labels"]:
                    found[alert["status"]["state"]].append(alert)
        return found


@pytest.fixture
async def chain(tmp_path: Path) -> AsyncIterator[Chain]:
    """All studios, Prometheus with their past, Alertmanager, and somebody to be told."""
    need("prometheus", "promtool", "prometheus-alertmanager|alertmanager")
    began = time.time()
    async with AsyncExitStack() as stack:
        exporter, heard = await stack.enter_async_context(exporter_and_receiver(began))
        ports = {"exporter": exporter, "prometheus": free_port(), "alertmanager": free_port()}
        settings = our_receiver_everywhere(tmp_path / "alertmanager.yml", heard.url)
        await stack.enter_async_context(
            servers.alertmanager(tmp_path / "alertmanager", ports["alertmanager"], settings)
        )
        folder = tmp_path / "prometheus"
        lay_out(folder, ports)
        remember(folder, studios.history(began, f"127.0.0.1:{exporter}"))
        started = time.monotonic()
        await stack.enter_async_context(prometheus(folder, ports["prometheus"]))
        yield Chain(f"http://127.0.0.1:{ports['alertmanager']}", heard, started)


def names(alerts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(alert["labels"]["alertname"], alert["labels"]["server"]) for alert in alerts}


async def test_each_studio_is_told_of_and_nothing_else(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    heard, lasted = chain.heard, {}
    for alert, studio in sorted(TOLD):
        lasted[alert] = await heard.wait_for(alert, "firing", chain.started, WITHIN, server=studio)
        assert studio in heard.summaries[alert, studio]

    known = await chain.known()
    assert names(known["suppressed"]) == INHIBITED
    assert names(known["active"]) == TOLD
    latest = max(datetime.fromisoformat(alert["startsAt"]) for alert in known["suppressed"])
    await asyncio.sleep(GATHERED - (datetime.now(UTC) - latest).total_seconds())
    assert heard.alerts() == TOLD
    assert {delivery.status for delivery in heard.deliveries} == {"firing"}
    with capsys.disabled():
        print("\n" + ", ".join(f"{alert} after {seconds:.0f} s" for alert, seconds in lasted.items()))
