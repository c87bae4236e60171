"""All probes together: they follow what is on the air and what is configured, and end with the exporter."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry

from exporter.config.schema_probe import IcecastProbe
from exporter.page import assemble
from exporter.polling.supervise import Supervisor
from exporter.polling.target import StreamState
from exporter.probe import probe, probes, wanted
from exporter.probe.families import FAMILIES
from exporter.probe.probes import Probes
from exporter.probe.wanted import ProbedServer
from tests.probe.station import station
from tests.running import Scrape


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(probe, "LONGEST_JITTER", 0.0)
    monkeypatch.setattr(probes, "ROUND", 0.05)


class Room:
    """The probes, and what they are told."""

    def __init__(self, server):
        self.server = server
        self.registry = CollectorRegistry()
        self.supervisor = Supervisor(self.registry)
        self.servers = [ProbedServer("main", server.url, IcecastProbe(decode="never"))]
        self.states = []
        self.probes = Probes(self.supervisor, lambda: self.servers, lambda name: self.states)

    def page(self):
        return Scrape(assemble(FAMILIES, [self.probes.block()], openmetrics=False))

    def mounts(self):
        page = self.page()
        return {labels["mount"]: page.get("radio_probe_up", **labels) for labels in page.labels("radio_probe_up")}

    async def until(self, mounts):
        async with asyncio.timeout(30):
            while self.mounts() != mounts:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def room():
    async with station() as server:
        server.pieces, server.stays = [b"sound"], True
        made = Room(server)
        made.supervisor.start("probes", made.probes.run)
        try:
            yield made
        finally:
            await made.supervisor.stop()


def on_air(*names):
    return [StreamState(name, "on air", listeners=1, title=None) for name in names]


async def test_probes_come_and_go_with_the_mounts():
    async with room() as made:
        assert made.mounts() == {}
        made.states = on_air("/a.mp3", "/b.mp3")
        await made.until({"/a.mp3": 1, "/b.mp3": 1})
        tasks = "radio_exporter_task_restarts_total", {"task": "probe main /b.mp3"}
        assert made.registry.get_sample_value(*tasks) == 0
        made.states = on_air("/a.mp3")
        await made.until({"/a.mp3": 1})
        assert made.registry.get_sample_value(*tasks) is None


async def test_a_changed_configuration_is_followed():
    async with room() as made:
        (before,) = made.servers
        made.servers = [ProbedServer("main", before.url, IcecastProbe(mounts=("/named.mp3",), decode="never"))]
        await made.until({"/named.mp3": 1})
        made.servers = []
        await made.until({})


async def test_who_is_heard_goes_on_when_others_come_by_configuration():
    async with room() as made:
        (before,) = made.servers
        made.servers = [ProbedServer("main", before.url, IcecastProbe(mounts=("/a.mp3",), decode="never"))]
        await made.until({"/a.mp3": 1})
        both = IcecastProbe(mounts=("/a.mp3", "/b.mp3"), decode="never", limit=5)
        made.servers = [ProbedServer("main", before.url, both)]
        await made.until({"/a.mp3": 1, "/b.mp3": 1})
        assert made.server.arrived("/a.mp3") == 1


async def test_who_has_gone_is_counted_until_the_server_has_been_polled(monkeypatch):
    monkeypatch.setattr(wanted, "NOTICED", 2.0)
    gone = {"server": "main", "mount": "/a.mp3"}
    async with room() as made:
        made.states = on_air("/a.mp3")
        await made.until({"/a.mp3": 1})
        made.states = []
        await made.until({})
        assert made.probes.listening("main", "/a.mp3") == 1
        assert made.page().get("radio_probe_listening", **gone) == 1
        await asyncio.sleep(2.1)
        assert made.probes.listening("main", "/a.mp3") == 0
        assert made.page().get("radio_probe_listening", **gone) is None


async def test_one_that_took_another_place_is_one_listener():
    async with room() as made:
        made.states = on_air("/a.mp3")
        await made.until({"/a.mp3": 1})
        (before,) = made.servers
        made.servers = [ProbedServer("main", before.url, IcecastProbe(decode="never", silence_below=-60))]
        async with asyncio.timeout(30):
            while made.server.arrived("/a.mp3") < 2:
                assert made.probes.listening("main", "/a.mp3") == 1
                await asyncio.sleep(0.01)
        await made.until({"/a.mp3": 1})
        assert made.probes.listening("main", "/a.mp3") == 1


async def test_of_those_that_have_gone_only_so_many_are_kept_in_mind(monkeypatch):
    monkeypatch.setattr(probes, "MOST_ENDED", 2)
    names = ["/a.mp3", "/b.mp3", "/c.mp3"]
    async with room() as made:
        made.states = on_air(*names)
        await made.until(dict.fromkeys(names, 1))
        made.states = []
        await made.until({})
        assert sum(made.probes.listening("main", name) for name in names) == 2


async def test_the_limit_is_kept_and_said_once(caplog):
    async with room() as made:
        (before,) = made.servers
        made.servers = [ProbedServer("main", before.url, IcecastProbe(decode="never", limit=2))]
        made.states = on_air("/a.mp3", "/b.mp3", "/c.mp3")
        await made.until({"/a.mp3": 1, "/b.mp3": 1})
        await asyncio.sleep(0.3)
        said = [record.getMessage() for record in caplog.records if "more than" in record.getMessage()]
        assert said == ["probe main: more than 2 streams are on the air: the others are not heard"]


async def test_that_nobody_hears_it_is_said_once(caplog, monkeypatch):
    monkeypatch.setenv("PATH", "")
    async with room() as made:
        (before,) = made.servers
        made.servers = [ProbedServer("main", before.url, IcecastProbe())]
        made.states = on_air("/a.mp3", "/b.mp3")
        await made.until({"/a.mp3": 1, "/b.mp3": 1})
        said = [record.getMessage() for record in caplog.records if "ffmpeg" in record.getMessage()]
        assert said == ["ffmpeg is not installed: probes count bytes, and nobody hears whether they are silence"]


async def test_the_block_stays_the_same_while_nothing_changes():
    async with room() as made:
        made.states = on_air("/a.mp3")
        await made.until({"/a.mp3": 1})
        await asyncio.sleep(0.3)
        assert made.probes.block() is made.probes.block()
