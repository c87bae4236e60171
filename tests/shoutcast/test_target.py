"""A Shoutcast as an exporter sees it: both versions, faults, streams that leave. The server is a stand-in that speaks their documents."""

import pytest

from exporter.page import assemble
from exporter.shoutcast import metrics
from exporter.shoutcast.reading import parse_v1, parse_v2
from tests.faulty import FaultyIcecast, faulty_icecast, until
from tests.running import config, exporter, scrape
from tests.shoutcast.test_reading import STREAM, V1, v2

FAULTS = {
    "401": "auth",
    "500": "http",
    "html": "parse",
    "empty": "parse",
    "half": "parse",
    "silent": "connection",
    "hang": "timeout",
}
OFF = {"id": 2, "streamstatus": 0, "currentlisteners": 0}


def shoutcast(url: str, **keys) -> dict:
    return {
        "name": "relay",
        "url": url,
        "interval": "500ms",
        "timeout": "10s" if keys.get("interval") == "0s" else "500ms",
        **keys,
    }


def up(value: float):
    return lambda page: page.get("shoutcast_up", server="relay") == value


def dnas2(server: FaultyIcecast, *streams: dict) -> None:
    server.other = {"/statistics?json=1": v2(*streams)}


def dnas1(server: FaultyIcecast) -> None:
    server.other = {"/7.html": V1}


@pytest.mark.parametrize(("name", "reading"), [("v1", parse_v1(V1)), ("v2", parse_v2(v2(STREAM, OFF)))])
def test_page(name: str, reading, golden) -> None:
    block = metrics.render("relay", reading, missing=["7"], warnings=1)
    golden(f"shoutcast-{name}.prom", assemble(metrics.FAMILIES, [block], openmetrics=False))


@pytest.mark.parametrize("version", ["auto", 2])
async def test_v2(version) -> None:
    async with faulty_icecast() as server:
        dnas2(server, STREAM, OFF)
        async with exporter(config(shoutcast=[shoutcast(server.url, version=version, interval="0s")])) as client:
            page = await scrape(client)
            assert page.get("shoutcast_stream_up", server="relay", stream="1") == 1
            assert page.get("shoutcast_stream_up", server="relay", stream="2") == 0
            assert page.get("shoutcast_stream_bitrate_bytes_per_second", server="relay", stream="1") == 12000
            assert "A & B" not in page.text
            assert not server.hits["/7.html"]


async def test_v1_is_found_and_then_asked_directly() -> None:
    async with faulty_icecast() as server:
        dnas1(server)
        async with exporter(config(shoutcast=[shoutcast(server.url, interval="0s")])) as client:
            for _ in range(3):
                page = await scrape(client)
                assert page.get("shoutcast_stream_listeners", server="relay", stream="1") == 12
            assert (server.hits["/7.html"], server.hits["/statistics?json=1"]) == (3, 1)
            dnas2(server, STREAM)  # replaced by the other version
            await scrape(client)
            page = await scrape(client)
            assert page.get("shoutcast_stream_listeners", server="relay", stream="1") == 3


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items())
async def test_a_fault_is_seen_and_so_is_its_end(fault: str, reason: str) -> None:
    async with faulty_icecast() as server:
        dnas2(server, STREAM)
        server.document = v2(STREAM)  # what is cut in half
        timeout = "2s" if fault == "hang" else "10s"
        watched = config(shoutcast=[shoutcast(server.url, version=2, interval="0s", timeout=timeout)])
        async with exporter(watched) as client:
            assert up(1)(await scrape(client))
            server.fault = fault
            page = await scrape(client)
            assert up(0)(page)
            assert page.get("shoutcast_poll_failures_total", server="relay", reason=reason) == 1
            left = {name for name in page.names() if name.startswith("shoutcast_stream")}
            assert left == {"shoutcast_stream_up"}
            assert page.get("shoutcast_stream_up", server="relay", stream="1") == 0
            server.fault = ""
            assert up(1)(await scrape(client))


async def test_a_stream_that_leaves_is_down_and_an_expected_one_too() -> None:
    async with faulty_icecast() as server:
        dnas2(server, STREAM)
        async with exporter(config(shoutcast=[shoutcast(server.url, remember="2s", expected_streams=[9])])) as client:
            page = await until(client, up(1))
            assert page.get("shoutcast_stream_up", server="relay", stream="9") == 0
            dnas2(server)
            await until(client, lambda p: p.get("shoutcast_stream_up", server="relay", stream="1") == 0, server)
            page = await until(
                client, lambda p: p.get("shoutcast_stream_up", server="relay", stream="1") is None, server, 5
            )
            assert page.get("shoutcast_stream_up", server="relay", stream="9") == 0
