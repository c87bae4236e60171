"""From an engine's push to somebody's pager: the repository's own Prometheus and Alertmanager, run for real.

A deck at 8 % for ten seconds is told within 30 s, with its name, and it is told that it is over. An engine that stops
reporting becomes PlayoutSilent, and nothing of its decks stays on the page.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from demo import servers
from demo.ports import free_port
from demo.readiness import until
from tests.integration.receiver import Receiver, receiver
from tests.integration.test_pager import our_receiver_everywhere
from tests.integration.truth.exporter_process import TOKEN, Exporter, exporting
from tests.services import need

pytestmark = [pytest.mark.integration, pytest.mark.waits]


@dataclass
class Studio:
    """Two engines that push once a second what a test says, and those who are told."""

    exporter: Exporter
    session: aiohttp.ClientSession
    woken: Receiver
    fills: dict[str, dict[str, float]]

    async def push_for_ever(self) -> None:
        url, headers = f"{self.exporter.url}/api/v1/playout/health", {"Authorization": f"Bearer {TOKEN}"}
        while True:
            for engine, fills in self.fills.items():
                told = {"engine": engine, "decks": {deck: {"fill": fill} for deck, fill in fills.items()}}
                async with self.session.post(url, json=told, headers=headers) as reply:
                    assert reply.status == 200, await reply.text()
            await asyncio.sleep(1)

    async def page(self) -> str:
        async with self.session.get(f"{self.exporter.url}/metrics") as reply:
            return await reply.text()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    need("prometheus", "prometheus-alertmanager|alertmanager")
    engines = [{"engine": "studio-a"}, {"engine": "studio-b", "ttl": "5s"}]
    sections: dict[str, Any] = {"playout": engines, "ingest": {"token": TOKEN}}
    async with AsyncExitStack() as stack:
        woken = await stack.enter_async_context(receiver())
        ports = {name: free_port() for name in ("exporter", "prometheus", "alertmanager")}
        exporter = await stack.enter_async_context(exporting(tmp_path / "exporter", ports["exporter"], **sections))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        studio = Studio(exporter, session, woken, {"studio-a": {"a": 0.87, "b": 0.92}, "studio-b": {"a": 0.87}})
        stack.callback(asyncio.create_task(studio.push_for_ever()).cancel)
        settings = our_receiver_everywhere(tmp_path / "alertmanager.yml", woken.url)
        await stack.enter_async_context(
            servers.alertmanager(tmp_path / "alertmanager", ports["alertmanager"], settings)
        )
        await stack.enter_async_context(servers.prometheus(tmp_path / "prometheus", ports["prometheus"], ports))
        async with asyncio.timeout(60):
            await until(lambda: servers.sees_the_exporter(ports["prometheus"]))
        yield studio


async def test_a_low_deck_is_named_within_30_s_and_a_silent_engine_is_not_a_frozen_87_percent(studio, capsys) -> None:
    woken, deck = studio.woken, {"engine": "studio-a", "deck": "a"}
    began = time.monotonic()
    studio.fills["studio-a"]["a"] = 0.08
    del studio.fills["studio-b"]
    await asyncio.sleep(10)
    studio.fills["studio-a"]["a"] = 0.87
    fired = await woken.wait_for("DeckBufferLow", "firing", began, 30, **deck)

    silent = await woken.wait_for("PlayoutSilent", "firing", began, 45, engine="studio-b")
    page = await studio.page()
    assert 'radio_playout_up{engine="studio-b"} 0' in page
    assert 'engine="studio-b",deck=' not in page
    assert 'radio_deck_buffer_fill_ratio{engine="studio-a",deck="a"} 0.87' in page

    resolved = await woken.wait_for("DeckBufferLow", "resolved", began, 90, **deck)
    told = {(one.name, one.labels.get("engine"), one.labels.get("deck")) for one in woken.deliveries}
    assert told - {("Watchdog", None, None)} == {
        ("DeckBufferLow", "studio-a", "a"),
        ("PlayoutSilent", "studio-b", None),
    }
    with capsys.disabled():
        print(f"\nDeckBufferLow after {fired:.0f} s, over after {resolved:.0f} s; PlayoutSilent after {silent:.0f} s")
