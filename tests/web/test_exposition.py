"""`/metrics` and `/probe` as scrapers use them."""

import asyncio
import gzip

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from exporter.events.counts import Counts
from exporter.web.exposition import deadline
from tests.faulty import faulty_icecast
from tests.running import config, exporter, icecast, scrape

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"


@pytest.fixture
async def station():
    """Two servers that are asked on each scrape, and a client."""
    async with faulty_icecast() as one, faulty_icecast() as two:
        on_scrape = {"interval": "0s", "timeout": "4s"}
        servers = [icecast(one.url, **on_scrape), icecast(two.url, name="two", **on_scrape)]
        async with exporter(config(icecast=servers)) as client:
            yield client, one, two


async def test_a_part_that_stumbles_costs_its_own_rows(monkeypatch) -> None:
    monkeypatch.setattr(Counts, "block", lambda self: 1 / 0)
    async with exporter(config(icecast=[icecast("http://127.0.0.1:9")])) as client:
        page = await scrape(client)
    assert page.get("radio_exporter_task_restarts_total", task="events on the page") == 1
    assert page.get("radio_exporter_store_up") is not None
    assert not page.labels("radio_events_total")


async def test_no_family_is_named_twice(station) -> None:
    client, _, _ = station
    page = await scrape(client)
    names = [line.split()[2] for line in page.text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert page.get("icecast_up", server="main") == page.get("icecast_up", server="two") == 1


async def test_openmetrics_by_accept(station) -> None:
    client, _, _ = station
    async with client.get("/metrics", headers={"Accept": OPENMETRICS}) as reply:
        assert reply.content_type == "application/openmetrics-text"
        families = {family.name: family for family in parse_openmetrics(await reply.text())}
    assert families["icecast_connections"].type == "counter"
    assert families["icecast_mount"].type == "info"
    assert families["radio_exporter_event_loop_lag_seconds"].type == "histogram"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("application/openmetrics-text", "application/openmetrics-text"), ('application/openmetrics-text; version="1.0.0"', "application/openmetrics-text"),
     ("application/openmetrics-text;version=x;q=1", "application/openmetrics-text"), ("application/openmetrics-text;q=0", "text/plain"),
     ("application/openmetrics-text;q=0.2,text/plain;q=0.9", "text/plain"), ("*/*", "text/plain"), (";;q=,,", "text/plain"), ("", "text/plain")],
)  # fmt: skip
async def test_any_accept_gets_one_of_the_two(station, accept: str, kind: str) -> None:
    client, _, _ = station
    async with client.get("/metrics", headers={"Accept": accept}) as reply:
        assert (reply.status, reply.content_type) == (200, kind)
        assert reply.headers["Content-Type"].endswith("charset=utf-8")


async def test_text_is_the_default(station) -> None:
    client, _, _ = station
    async with client.get("/metrics") as reply:
        assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "packed"),
    [
        ("gzip, deflate", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("br, *", True),
        ("*;q=0, gzip", True),
        ("gzip;q=0, *", False),
        ("gzip;q=x", False),
    ],
)
async def test_gzip_if_asked_for(station, asked: str, packed: bool) -> None:
    client, _, _ = station
    async with client.get("/metrics", headers={"Accept-Encoding": asked}, auto_decompress=False) as reply:
        body = await reply.read()
        assert (reply.headers.get("Content-Encoding") == "gzip") is packed
    assert b"icecast_up" in (gzip.decompress(body) if packed else body)


async def test_named_families_alone(station) -> None:
    client, _, _ = station
    page = await scrape(client, "/metrics?name[]=icecast_up&name[]=icecast_mount_listeners&name[]=process_open_fds")
    assert page.names() == {"icecast_up", "icecast_mount_listeners", "process_open_fds"}
    await asyncio.sleep(0.1)  # the loop looks at the clock 50 times a second
    page = await scrape(client, "/metrics?name[]=radio_exporter_event_loop_lag_seconds")
    assert len(page.names()) == 3
    assert page.get("radio_exporter_event_loop_lag_seconds_count") > 0


async def test_twenty_scrapes_at_once_cost_one_fetch(station) -> None:
    client, one, _ = station
    one.delay = 1
    pages = await asyncio.gather(*(scrape(client) for _ in range(20)))
    assert all(page.get("icecast_up", server="main") == 1 for page in pages)
    assert one.hits["/admin/stats"] == 1


async def test_background_polling_costs_a_scrape_nothing() -> None:
    async with (
        faulty_icecast() as server,
        exporter(config(icecast=[icecast(server.url, interval="60s", timeout="4s")])) as client,
    ):
        while (await scrape(client)).get("icecast_up", server="main") is None:
            await asyncio.sleep(0.05)
        await asyncio.gather(*(scrape(client) for _ in range(20)))
        assert server.hits["/admin/stats"] == 1


async def test_a_scrape_ends_in_time_though_the_server_hangs(station) -> None:
    client, one, _ = station
    one.fault = "hang"
    began = asyncio.get_running_loop().time()
    async with client.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "2"}) as reply:
        text = await reply.text()
    assert asyncio.get_running_loop().time() - began < 3.5  # and not after the target's own 4 s
    assert 'icecast_up{server="main"} 0' in text
    assert 'icecast_up{server="two"} 1' in text


async def test_probe_asks_one_target(station) -> None:
    client, one, two = station
    page = await scrape(client, "/probe?target=two")
    assert page.get("icecast_up", server="two") == 1
    assert page.get("icecast_up", server="main") is None
    assert "process_open_fds" not in page.names()
    assert (one.hits["/admin/stats"], two.hits["/admin/stats"]) == (0, 1)


@pytest.mark.parametrize("target", ["", "?target=nobody", "?target=http://127.0.0.1:8000"])
async def test_probe_takes_configured_names_only(station, target: str) -> None:
    client, one, _ = station
    async with client.get(f"/probe{target}") as reply:
        assert reply.status == 400
        assert await reply.text() == "no target of this name is configured; there are: main, two\n"
    assert not one.hits


async def test_probe_in_openmetrics_ends_as_it_must(station) -> None:
    client, _, _ = station
    async with client.get("/probe?target=main", headers={"Accept": OPENMETRICS}) as reply:
        text = await reply.text()
    assert text.endswith("# EOF\n")
    list(parse_openmetrics(text))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("10", 9.5), ("5.0", 4.5), ("0.3", 0.1), ("", None), ("x", None), ("-1", None), ("nan", None), ("inf", None)],
)
def test_the_scraper_s_deadline(said: str, seconds: float | None) -> None:
    assert deadline({"X-Prometheus-Scrape-Timeout-Seconds": said}) == seconds


async def test_the_password_is_sent_and_never_shown(station, caplog) -> None:
    client, one, _ = station
    caplog.set_level("DEBUG")
    page = await scrape(client)
    one.fault = "401"
    await scrape(client)
    async with client.get("/") as reply:
        landing = await reply.text()
    assert one.authorizations[0] == "Authorization: Basic YWRtaW46aGFja21l"
    for text in (page.text, landing, caplog.text):
        assert "hackme" not in text
        assert "YWRtaW46aGFja21l" not in text
