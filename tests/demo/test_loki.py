"""The pretended Loki against a real exporter: it takes what is pushed, and its mishap is what two alerts wait for."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp.test_utils import TestClient

from demo import loki as module
from demo.loki import BUFFER, LINES, Loki, away, lines, pretended
from demo.ports import LOOPBACK, free_port
from demo.servers import native
from exporter.config.load import load
from exporter.ingest import events
from tests.alerting.files import alerts
from tests.demo.test_exporter_configuration import folder  # noqa: F401  a fixture
from tests.running import Scrape, config, exporter, scrape

TOKEN = "open-sesame"


@asynccontextmanager
async def pushed() -> AsyncIterator[tuple[TestClient, Loki, asyncio.Task[None]]]:
    """An exporter that has pushed something, and where to."""
    port = free_port()
    sections = {"loki": {"url": f"http://{LOOPBACK}:{port}", "buffer": BUFFER}, "ingest": {"token": TOKEN}}
    async with exporter(config(**sections)) as client:
        await until(client, lambda page: page.get("radio_exporter_store_up") == 1)
        url = str(client.make_url("")).rstrip("/")
        async with pretended(port, url, TOKEN, print, mishaps=False) as (loki, task):
            await until(client, lambda page: page.get("radio_events_loki_pushed_total"))
            yield client, loki, task


async def until(client: TestClient, holds: Callable[[Scrape], object]) -> Scrape:
    async with asyncio.timeout(30):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.05)
    return page


async def test_what_is_too_much_while_it_is_away_is_lost_and_the_rest_is_pushed(monkeypatch):
    monkeypatch.setattr(module, "QUIET", 0.2)
    monkeypatch.setattr(module, "AWAY", 600.0)
    told = []
    async with pushed() as (client, loki, task):
        mishap = asyncio.create_task(away(loki, told.append))
        page = await until(client, lambda page: page.get("radio_events_dropped_total", sink="loki"))
        assert page.get("radio_events_loki_up") == 0
        assert page.get("radio_events_loki_waiting") == BUFFER
        assert page.get("radio_events_total", level="debug", category="scripting", event="script_step") == 2 * LINES
        mishap.cancel()
        with suppress(asyncio.CancelledError):
            await mishap
        page = await until(client, lambda page: page.get("radio_events_loki_up") == 1)
        await until(client, lambda page: page.get("radio_events_loki_waiting") == 0)
        assert not task.done()
    assert "EventsDropped" in told[0]
    assert "LokiAway" in told[0]


def test_it_is_away_for_longer_than_its_alert_waits_and_more_is_told_than_waits():
    rule = next(rule for rule in alerts() if rule["alert"] == "LokiAway")
    assert 60 * int(rule["for"].removesuffix("m")) < module.AWAY
    assert module.FIRST_AFTER + module.AWAY + module.PAUSE[1] < 3600
    assert 2 * LINES > BUFFER
    assert len(events.heard(events.read(json.dumps(lines()).encode()), 2**41, 0).events) == LINES


def test_the_demos_exporter_is_told_of_it(folder, monkeypatch):  # noqa: F811
    monkeypatch.delenv("LOKI_URL", raising=False)
    assert load(native(folder, 3399)).loki.url in (None, "")
    found = load(native(folder, 3399, "http://127.0.0.1:1")).loki
    assert (found.url, found.buffer) == ("http://127.0.0.1:1", BUFFER)
