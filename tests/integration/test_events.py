"""The event log of a real exporter: killed, its Loki away, its standard output full."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from demo.ports import free_port
from tests.events.lokis import loki
from tests.integration.truth.exporter_process import Exporter, exporting

pytestmark = pytest.mark.integration

INGEST = {"allow_networks": ["127.0.0.0/8"]}
SERVER = [{"name": "main", "url": "http://127.0.0.1:9", "interval": "1h"}]


async def push(exporter: Exporter, events: list[dict[str, Any]]) -> int:
    """The status of the answer."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(f"{exporter.url}/api/v1/events", json=events) as reply,
    ):
        return reply.status


async def pushed(exporter: Exporter) -> list[str]:
    """The messages of all that was pushed, newest first."""
    found: list[str] = []
    path: str | None = "/api/v1/events?limit=1000&category=gateway"
    while path:
        status, text = await exporter.get(path)
        assert status == 200, text
        page = json.loads(text)
        found += [row["message"] for row in page["rows"]]
        path = page["next"]
    return found


def numbered(number: int) -> dict[str, Any]:
    return {"event": "tested", "category": "gateway", "message": f"number {number}", "time": time.time()}


@asynccontextmanager
async def pushing(exporter: Exporter, kept: set[str]) -> AsyncIterator[None]:
    """Somebody who pushes one event after the other, each again until it is acknowledged."""

    async def work() -> None:
        number = 0
        while True:
            one, number = numbered(number), number + 1
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    if await push(exporter, [one]) == 200:
                        break
                await asyncio.sleep(0.02)
            kept.add(one["message"])

    tasks = [asyncio.create_task(work())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_was_acknowledged_outlives_a_kill_and_is_there_once(tmp_path: Path) -> None:
    kept: set[str] = set()
    async with exporting(tmp_path, icecast=SERVER, ingest=INGEST) as exporter:
        async with pushing(exporter, kept):
            for _ in range(3):
                before = len(kept)
                async with asyncio.timeout(20):
                    while len(kept) < before + 30:
                        await asyncio.sleep(0.001)
                await exporter.crash()
        await exporter.ready()
        found = await pushed(exporter)
    assert kept <= set(found)
    assert len(found) == len(set(found)), "what was pushed again is there once"
    assert len(set(found) - kept) <= 1, "but for the last one, whose answer nobody waited for"


async def test_loki_away_loses_nothing_and_gets_each_event_once(tmp_path: Path) -> None:
    async with loki() as there:
        async with exporting(tmp_path, icecast=SERVER, ingest=INGEST, loki={"url": there.url}) as exporter:
            await exporter.ready()
            assert await push(exporter, [numbered(number) for number in range(100)]) == 200
            await _until(lambda: len(of(there)) == 100)
            await there.go()
            for number in range(100, 400):
                assert await push(exporter, [numbered(number)]) == 200
            await asyncio.sleep(1.5)
            page = await exporter.scrape()
            assert (page.get("radio_events_loki_up"), page.get("radio_events_loki_waiting")) == (0, 300)
            await there.come()
            await _until(lambda: len(of(there)) == 400)
            page = await exporter.scrape()
            assert page.get("radio_events_dropped_total", sink="loki") == 0
            assert (page.get("radio_events_loki_up"), page.get("radio_events_loki_waiting")) == (1, 0)
            assert (await pushed(exporter))[::-1] == of(there) == [f"number {number}" for number in range(400)]
        names = [one.metadata["event"] for one in sorted(there.taken, key=lambda one: one.time)]
    assert (names[0], names[-1]) == ("exporter_started", "exporter_stopped")


def of(there: Any) -> list[str]:
    """The messages that were pushed, as Loki has them."""
    return [
        one.line
        for one in sorted(there.taken, key=lambda one: one.time)
        if one.labels["category"] == "gateway"
    ]  # fmt: skip


async def _until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.05)


async def test_an_output_that_nobody_reads_stops_neither_the_exporter_nor_its_end(tmp_path: Path) -> None:
    port = free_port()
    exporter = Exporter(tmp_path, {"icecast": SERVER, "ingest": INGEST, "events": {"stdout": True}}, port)
    exporter.configure()
    argv = [sys.executable, "-m", "exporter", "serve", f"--config.file={tmp_path / 'exporter.yaml'}"]
    argv += [f"--web.listen-address=127.0.0.1:{port}"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(  # noqa: ASYNC220  it is but started here
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        await exporter.ready()
        assert process.stdout
        first = json.loads(await asyncio.to_thread(process.stdout.readline))
        assert (first["event"], first["level"]) == ("exporter_started", "info")
        for start in range(0, 5000, 500):
            more = {"metadata": {"text": 200 * "x"}}
            assert await push(exporter, [numbered(number) | more for number in range(start, start + 500)]) == 200
        page = await exporter.scrape()
        assert (page.get("radio_events_dropped_total", sink="stdout") or 0) > 1000
        assert len(await pushed(exporter)) == 5000
        process.terminate()
        assert await asyncio.to_thread(process.wait, 15) == 0
    finally:
        process.kill()
        process.communicate()
