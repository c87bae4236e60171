"""The studio's computer: its page is one of the exporter's, and every mishap is what its alert waits for."""

import asyncio
import random
from contextlib import suppress
from itertools import pairwise

import aiohttp
import pytest
from prometheus_client import generate_latest

from demo import computer as module
from demo.computer import CLEARED, DISK, FOLDER, FULL, NAME, PACE, SCRIPT, Computer, computer
from demo.ports import free_port
from demo.servers import lay_out_prometheus
from exporter.host.families import FAMILIES
from tests.alerting.files import alerts, load
from tests.running import Scrape

RECORDINGS = {"path": FOLDER, "purpose": "recordings"}


def page(one: Computer) -> Scrape:
    return Scrape(generate_latest(one.registry).decode())


async def test_its_page_says_what_the_exporters_would():
    port = free_port()
    async with (
        computer(port, print, mishaps=False),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as reply,
    ):
        shown = Scrape(await reply.text())
    known = {family.name.removesuffix("_total"): family for family in FAMILIES}
    for family in shown.families:
        assert family.type == known[family.name].kind
        for sample in family.samples:
            assert tuple(sample.labels) == known[family.name].labels
    assert {"radio_host_cpu_ratio", "radio_host_memory_available_bytes", "radio_host_disk_free_bytes"} < shown.names()


def test_its_disk_is_due_to_be_full_within_a_day_and_is_never_left_to_be():
    one = Computer(random.Random(1), 0.0)
    left = []
    for hour in range(48):
        one.look(hour * 3600.0)
        left.append(page(one).get("radio_host_disk_free_bytes", **RECORDINGS))
    assert left[0] - left[1] == pytest.approx(3600 * PACE)
    assert 0 < left[0] / (3600 * PACE) < 24
    assert max(left) <= CLEARED * DISK < 0.2 * DISK
    assert min(left) > FULL * DISK - 3600 * PACE > 10e9
    assert sum(later > earlier for earlier, later in pairwise(left)) >= 3


@pytest.mark.parametrize(
    ("mishap", "name", "alert"),
    [(module.overloaded, "BUSY", "HostOverloaded"), (module.short_of_memory, "SHORT", "MemoryShort")],
)
async def test_a_mishap_lasts_until_its_alert_is_due_and_is_put_right(mishap, name, alert, monkeypatch):
    rule = next(rule for rule in alerts() if rule["alert"] == alert)
    assert getattr(module, name) > 60 * int(rule["for"].removesuffix("m"))
    monkeypatch.setattr(module, name, 600.0)
    one, told = Computer(random.Random(2), 0.0), []
    usual = one.cpu, one.available
    task = asyncio.create_task(mishap(one, told.append))
    await asyncio.sleep(0)
    for second in range(1, 100):
        one.look(float(second))
        shown = page(one)
        cpu = shown.get("radio_host_cpu_ratio")
        memory = shown.get("radio_host_memory_available_bytes") / shown.get("radio_host_memory_bytes")
        assert (cpu > 0.9, memory < 0.1) == (alert == "HostOverloaded", alert == "MemoryShort")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (one.cpu, one.available) == usual
    assert alert in told[0]


def test_every_mishap_comes_within_the_hour():
    assert module.FIRST_AFTER + module.BUSY + module.SHORT + len(SCRIPT) * module.PAUSE[1] < 3600
    steps = module.programme()
    assert {next(steps) for _ in SCRIPT} == set(SCRIPT)


def test_prometheus_takes_it_for_a_second_exporter(tmp_path):
    lay_out_prometheus(tmp_path, {"exporter": 1, NAME: 2})
    assert load(tmp_path / "targets/exporter.yml") == [
        {"targets": ["127.0.0.1:1"]},
        {"targets": ["127.0.0.1:2"], "labels": {"instance": NAME}},
    ]
    assert [file.name for file in (tmp_path / "targets").iterdir()] == ["exporter.yml"]
