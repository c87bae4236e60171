"""A reload in the middle of everything else."""

import asyncio
import threading
import time

from prometheus_client import CollectorRegistry

from exporter.polling.resolve import Resolver
from exporter.polling.supervise import Supervisor
from exporter.polling.target import StreamState
from exporter.polling.watch import Watch
from tests.polling.test_poller import FakeTarget


def named(name: str, **keys: float) -> FakeTarget:
    target = FakeTarget(**keys)
    target.name = name
    return target


async def test_a_reload_during_a_scrape_costs_the_scrape_nothing() -> None:
    registry = CollectorRegistry()
    watch = Watch(Supervisor(registry))
    slow, other = named("slow", interval=0, takes=0.1), named("other", interval=0)
    await watch.swap([slow])
    scrape = asyncio.create_task(watch.blocks(within=1))
    await asyncio.sleep(0.02)
    await watch.swap([other, named("third", interval=0)])
    assert len(await scrape) == 1
    assert len(await watch.blocks(within=1)) == 2
    assert registry.get_sample_value("radio_exporter_task_restarts_total", {"task": "icecast/slow background"}) is None
    await watch.stop()
    assert watch.pollers == ()


async def test_a_target_that_stays_keeps_its_poller_and_the_order_is_the_configuration_s() -> None:
    watch = Watch(Supervisor(CollectorRegistry()))
    one, two = named("one", interval=60), named("two", interval=60)
    await watch.swap([one, two])
    poller = watch.named("one")
    await watch.swap([named("zero", interval=60), one])
    assert watch.named("one") is poller
    assert [poller.target.name for poller in watch.pollers] == ["zero", "one"]
    await watch.stop()


async def test_probes_of_ours_are_no_listeners() -> None:
    ours = {("one", "/a"): 1, ("one", "/b"): 1, ("two", "/a"): 0}
    watch = Watch(Supervisor(CollectorRegistry()), nobody=lambda server, stream: ours.get((server, stream), 0))
    one = named("one", interval=60)
    one.streams = lambda: [StreamState("/a", "on air", 5, None), StreamState("/b", "on air", 0, None)]
    await watch.swap([one])
    await watch.named("one").refresh(None)
    assert watch.listeners(["/a"]) == 4
    assert watch.listeners(["/b"]) == 0  # it came after the reading
    assert watch.listeners([]) == 4
    await watch.stop()


async def test_names_that_hang_keep_nobody_else_waiting(monkeypatch) -> None:
    hang = threading.Event()
    looked_up = []

    def getaddrinfo(host: str, *_: object, **__: object) -> list:
        looked_up.append(host)
        while host.startswith("hang") and not hang.is_set():
            time.sleep(0.01)
        return [(2, 1, 6, "", ("127.0.0.1", 80))]

    monkeypatch.setattr("exporter.polling.resolve.socket.getaddrinfo", getaddrinfo)
    resolver = Resolver()
    hanging = [asyncio.create_task(resolver.resolve(f"hang-{number % 30}")) for number in range(90)]
    async with asyncio.timeout(20):
        while len(looked_up) < 30:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert len(looked_up) == 30  # one look-up a host
    async with asyncio.timeout(10):
        assert (await resolver.resolve("sound"))[0]["host"] == "127.0.0.1"
    hang.set()
    await asyncio.gather(*hanging)
