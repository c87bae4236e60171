"""`make demo` as a newcomer runs it: every address answers, the page is clean, every panel and every family has data."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from demo.readiness import accepts
from exporter.audience.families import FAMILIES as AUDIENCE
from exporter.probe.families import FAMILIES as PROBE
from exporter.sam.families import FAMILIES as SAM
from tests.dashboards.queries import Query, dashboards, panel_queries
from tests.services import need

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
FULL_WITHIN = 120.0
"""Seconds from the demo's start in which every panel must have data."""


@pytest.fixture
async def demo() -> AsyncIterator[dict[str, str]]:
    """The addresses that the demo prints, by name; the demo ends with the test."""
    need("icecast2", "ffmpeg", "prometheus", "promtool", "prometheus-alertmanager|alertmanager", "mariadbd|mysqld")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "--for", "5m", cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    addresses, said = {}, []
    try:
        async with asyncio.timeout(90):
            async for line in process.stdout:
                said.append(line.decode())
                if found := re.search(r"(\w+) +(http://localhost:\d+)", said[-1]):
                    addresses[found[1]] = found[2]
                if found and found[1] == "Prometheus":
                    break
        assert {"Icecast", "exporter", "Alertmanager", "Prometheus"} <= addresses.keys(), "".join(said)
        yield addresses
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        rest, _ = await process.communicate()
    assert process.returncode == 0, "".join(said) + rest.decode()
    assert "everything has ended" in rest.decode()
    left = [name for name, address in addresses.items() if await accepts("127.0.0.1", int(address.rpartition(":")[2]))]
    assert not left, f"still running after the demo: {left}"


async def ask(session: aiohttp.ClientSession, prometheus: str, query: Query) -> bool:
    """Whether Prometheus has data for a query; an error in it fails the test."""
    async with session.get(prometheus + query.path(time.time())) as reply:
        answer = await reply.json()
    assert answer["status"] == "success", f"{query}: {answer}"
    data = answer["data"]
    return bool(data if query.kind == "variable" else data["result"])


async def test_every_address_answers_and_every_panel_has_data(demo: dict[str, str]) -> None:
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        for address in (
            demo["exporter"],
            f"{demo['exporter']}/-/ready",
            demo["Prometheus"],
            demo["Alertmanager"],
            demo["Icecast"],
        ):
            async with session.get(address) as reply:
                assert reply.status == 200, address
        assert demo["exporter"] == "http://localhost:10880"
        async with session.get(f"{demo['exporter']}/metrics") as reply:
            await promtool_says_nothing(await reply.read())

        # An annotation marks what happened, and in a sound station nothing has; its query must only be understood.
        waiting = [query for path in dashboards() for query in panel_queries(path)]
        silent = {family.name for family in (*AUDIENCE, *SAM, *PROBE)}
        while waiting or silent:
            silent -= await shown(session, demo["exporter"])
            answers = [(query, await ask(session, demo["Prometheus"], query)) for query in waiting]
            waiting = [query for query, full in answers if not full and query.kind != "annotation"]
            if (waiting or silent) and time.monotonic() > began + FULL_WITHIN:
                pytest.fail("no data after two minutes:\n" + "\n".join([*map(str, waiting), *silent]))
            await asyncio.sleep(2)


async def shown(session: aiohttp.ClientSession, exporter: str) -> set[str]:
    """The families that have a sample just now."""
    async with session.get(f"{exporter}/metrics", headers={"Accept": "text/plain"}) as reply:
        page = await reply.text()
    samples = {line.partition("{")[0].partition(" ")[0] for line in page.splitlines() if not line.startswith("#")}
    return samples | {name.removesuffix("_count") for name in samples}


async def promtool_says_nothing(page: bytes) -> None:
    """`promtool check metrics` has nothing to remark."""
    promtool = await asyncio.create_subprocess_exec(
        "promtool", "check", "metrics",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await promtool.communicate(page)
    assert (promtool.returncode, said) == (0, b""), said.decode()
