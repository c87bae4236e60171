"""Everything that can be wrong with a server, seen where a user sees it: on `/metrics`."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from demo.ports import free_port
from tests.captures import FIXTURES, capture
from tests.faulty import FaultyIcecast, faulty_icecast, until
from tests.running import INTERVAL, Scrape, config, exporter, icecast, scrape

FAULTS = {
    "401": "auth",
    "403": "auth",
    "404": "http",
    "500": "http",
    "302": "http",
    "ssh": "http",
    "html": "parse",
    "empty": "parse",
    "half": "parse",
    "cut": "connection",
    "xml": "parse",
    "hollow": "parse",
    "bomb": "parse",
    "silent": "connection",
    "hang": "timeout",
}


def up(server: str, value: float) -> Callable[[Scrape], bool]:
    return lambda page: page.get("icecast_up", server=server) == value


def failures(page: Scrape, reason: str) -> float | None:
    return page.get("icecast_poll_failures_total", server="main", reason=reason)


def every_failure(page: Scrape) -> float:
    return sum(value for (name, _), value in page.samples.items() if name == "icecast_poll_failures_total")


def at_a_scrape(server: FaultyIcecast, fault: str = "", **keys: str) -> dict[str, Any]:
    """A server that is asked whenever we are, and then once; a hanging one is not waited for long."""
    return icecast(server.url, interval="0s", **({"timeout": "2s"} if fault == "hang" else {}), **keys)


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items())
async def test_a_fault_is_seen_and_so_is_its_end(fault: str, reason: str) -> None:
    async with faulty_icecast() as broken, faulty_icecast() as sound:
        watched = config(icecast=[at_a_scrape(broken, fault), at_a_scrape(sound, name="other")])
        async with exporter(watched) as client:
            page = await scrape(client)
            assert up("main", 1)(page)
            assert up("other", 1)(page)
            assert failures(page, reason) == 0

            broken.fault = fault
            page = await scrape(client)
            assert page.get("icecast_up", server="main") == 0
            assert failures(page, reason) == 1
            assert page.get("icecast_up", server="other") == 1
            assert page.get("icecast_mount_listeners", server="other", mount="/m1.mp3") == 25
            assert {labels["mount"] for labels in page.labels("icecast_mount_up") if labels["server"] == "main"} > {
                "/m1.mp3"
            }
            assert page.get("icecast_mount_up", server="main", mount="/m1.mp3") == 0
            left = {name for name, labels in page.samples if ("server", "main") in labels}
            assert {name for name in left if name.startswith("icecast_mount")} == {"icecast_mount_up"}
            assert "icecast_listeners" not in left

            broken.fault = ""
            page = await scrape(client)
            assert page.get("icecast_up", server="main") == 1
            assert page.get("icecast_mount_up", server="main", mount="/m1.mp3") == 1
            assert failures(page, reason) == 1


@pytest.mark.parametrize(("fault", "reason"), [("401", "auth"), ("hang", "timeout")])
async def test_a_fault_is_seen_at_the_next_poll_and_each_counts_once(fault: str, reason: str) -> None:
    async with faulty_icecast() as server, exporter(config(icecast=[icecast(server.url)])) as client:
        known = every_failure(await until(client, up("main", 1)))
        server.fault, before = fault, server.polls
        page = await until(client, up("main", 0), server)
        for _ in range(20):
            asked = server.polls - before
            page = await scrape(client)
            # Beside those that have the fault there may be one that was under way, if the machine stood still.
            assert asked - 1 <= every_failure(page) - known <= server.polls - before + 1
            await asyncio.sleep(INTERVAL / 10)
        assert failures(page, reason) >= 1
        server.fault = ""
        await until(client, up("main", 1), server)


@pytest.mark.parametrize(("fault", "reason"), [("empty", "parse"), ("401", "auth"), ("hang", "timeout")])
async def test_a_fault_at_the_start_does_not_keep_us_from_starting(fault: str, reason: str) -> None:
    async with faulty_icecast() as broken:
        broken.fault = fault
        async with exporter(config(icecast=[icecast(broken.url)])) as client:
            page = await until(client, up("main", 0), broken)
            assert 1 <= failures(page, reason) <= broken.polls
            broken.fault = ""
            await until(client, up("main", 1), broken)


async def test_a_refused_connection_and_the_server_coming_up() -> None:
    port = free_port()
    async with exporter(config(icecast=[icecast(f"http://127.0.0.1:{port}")])) as client:
        page = await until(client, up("main", 0))
        assert failures(page, "connection") >= 1
        async with faulty_icecast(port) as server:
            await until(client, up("main", 1), server)


async def test_a_name_that_does_not_resolve() -> None:
    async with exporter(config(icecast=[icecast("http://icecast.invalid:8000")])) as client:
        page = await until(client, up("main", 0))
        assert failures(page, "connection") + failures(page, "timeout") >= 1


def without(document: bytes, mount: str) -> bytes:
    """The statistics with one mount less."""
    begin = document.index(f'<source mount="{mount}">'.encode())
    return document[:begin] + document[document.index(b"</source>", begin) + len(b"</source>") :]


async def test_a_mount_that_leaves_is_down_and_its_series_are_gone() -> None:
    async with faulty_icecast() as server:
        watched = config(icecast=[icecast(server.url, remember="2s", expected_mounts=["/never.mp3"])])
        async with exporter(watched) as client:
            page = await until(client, up("main", 1))
            assert page.get("icecast_mount_up", server="main", mount="/never.mp3") == 0
            server.document = without(server.document, "/m1.mp3")
            page = await until(client, lambda p: p.get("icecast_mount_up", server="main", mount="/m1.mp3") == 0, server)
            assert {name for name, labels in page.samples if ("mount", "/m1.mp3") in labels} == {"icecast_mount_up"}
            page = await until(
                client, lambda p: p.get("icecast_mount_up", server="main", mount="/m1.mp3") is None, server, 5
            )
            assert page.get("icecast_mount_up", server="main", mount="/never.mp3") == 0
            assert page.get("icecast_mount_up", server="main", mount="/v.ogg") == 1


@pytest.mark.parametrize("version", ["2.5.0", "kh22"])
async def test_the_other_servers(version: str) -> None:
    async with faulty_icecast() as server:
        server.document = capture(f"{version}/stats.many")
        async with exporter(config(icecast=[icecast(server.url)])) as client:
            page = await until(client, up("main", 1))
            assert len(page.labels("icecast_mount_up")) == {"2.5.0": 4, "kh22": 2}[version]


TITLES = [
    line.partition(' -> "title":')[2].removesuffix(',"dummy":null')
    for line in (FIXTURES / "icecast/2.4.4/title-matrix.txt").read_text(encoding="utf-8").splitlines()
    if " -> " in line
]


async def test_every_title_without_a_password() -> None:
    public = capture("2.4.4/status-json.many")
    async with faulty_icecast() as server:
        server.other["/status-json.xsl"] = public
        async with exporter(config(icecast=[icecast(server.url, password=None, interval="0s")])) as client:
            for title in TITLES:
                server.other["/status-json.xsl"] = public.replace(b'"Fine"', title.replace("^\\", "\x1c").encode())
                page = await scrape(client)
                assert page.get("icecast_up", server="main") == 1, title
                assert page.get("icecast_mount_listeners", server="main", mount="/v.ogg") == 5
                assert page.get("icecast_mount_sent_bytes_total", server="main", mount="/v.ogg") is None


async def test_icecast_2_5_without_a_password_is_read_from_its_own_json() -> None:
    async with faulty_icecast() as server:
        server.other["/status-json.xsl"] = capture("2.4.4/status-json.many").replace(b"Icecast 2.4.4", b"Icecast 2.5.0")
        server.other["/admin/publicstats.json"] = capture("2.5.0/publicstats.many")
        async with exporter(config(icecast=[icecast(server.url, password=None, interval="0s")])) as client:
            page = await scrape(client)
            assert page.get("icecast_mount_listeners", server="main", mount="/m1.mp3") == 5
            del server.other["/admin/publicstats.json"]  # something in front of it shuts /admin
            for _ in range(3):
                page = await scrape(client)
                assert page.get("icecast_mount_listeners", server="main", mount="/m1.mp3") == 25
            assert server.hits["/admin/publicstats.json"] == 2


async def test_kh_without_a_password_says_what_to_do() -> None:
    async with faulty_icecast() as server, exporter(config(icecast=[icecast(server.url, password=None)])) as client:
        await until(client, up("main", 0), server)
        async with client.get("/") as reply:
            assert "give the admin password" in await reply.text()


async def test_relays_and_lag_are_read_from_the_lists_of_listeners() -> None:
    rows = b"".join(
        b"<listener><UserAgent>%s</UserAgent><lag>%d</lag></listener>" % (agent, lag)
        for agent, lag in ((b"VLC", 10), (b"Icecast 2.4.4", 4096))
    )
    async with faulty_icecast() as server:
        server.listclients["/m1.mp3"] = b'<icestats><source mount="/m1.mp3">' + rows + b"</source></icestats>"
        watched = config(icecast=[icecast(server.url, listeners={"interval": "500ms"})])
        async with exporter(watched) as client:
            series = {"server": "main", "mount": "/m1.mp3"}
            page = await until(client, lambda p: p.get("icecast_mount_relay_listeners", **series) == 1, server, 6)
            assert page.get("icecast_mount_listener_lag_bytes", **series) == 4096
            assert page.get("icecast_mount_relay_listeners", server="main", mount="/q-quiet.mp3") == 0
            assert page.get("icecast_mount_relay_listeners", server="main", mount="/v.ogg") is None  # "gone" in between
            assert server.hits["/admin/listclients"] < 4 * 6  # nobody listens to most mounts: no request for these


async def test_a_crash_of_a_poll_is_counted_and_the_task_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async with faulty_icecast() as server:
        app_config = config(icecast=[icecast(server.url)])
        async with exporter(app_config) as client:
            await until(client, up("main", 1))
            monkeypatch.setattr("exporter.icecast.metrics.render", lambda *_, **__: 1 / 0)
            await until(client, up("main", 0), server)
            await until(client, lambda p: p.get("radio_exporter_task_restarts_total", task="icecast/main") >= 1, server)
            monkeypatch.undo()
            await until(client, up("main", 1), server)


async def test_a_slow_server_is_up_within_its_timeout_and_down_beyond_it() -> None:
    async with faulty_icecast() as server, exporter(config(icecast=[icecast(server.url)])) as client:
        server.delay = 0.15
        await until(client, up("main", 1))
        server.delay = 0.75
        page = await until(client, up("main", 0), server)
        assert failures(page, "timeout") >= 1
        server.delay = 0
        await until(client, up("main", 1), server)


@pytest.mark.parametrize(("document", "mounts"), [("zero", 0), ("one", 1)])
@pytest.mark.parametrize("password", ["hackme", None])
async def test_a_server_with_no_mount_and_with_one(document: str, mounts: int, password: str | None) -> None:
    async with faulty_icecast() as server:
        server.document = capture(f"2.4.4/stats.{document}")
        server.other["/status-json.xsl"] = capture(f"2.4.4/status-json.{document}")
        async with exporter(config(icecast=[icecast(server.url, password=password, interval="0s")])) as client:
            page = await scrape(client)
            assert page.get("icecast_up", server="main") == 1
            assert len(page.labels("icecast_mount_up")) == mounts


async def test_an_endless_answer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.polling.fetch.LARGEST_BODY", 2000)
    async with faulty_icecast() as server:
        server.other["/status-json.xsl"] = capture("2.4.4/status-json.many")
        async with exporter(config(icecast=[icecast(server.url, password=None, interval="0s")])) as client:
            page = await scrape(client)
            assert page.get("icecast_up", server="main") == 0
            assert failures(page, "parse") == 1
            async with client.get("/") as reply:
                assert "The answer is longer than" in await reply.text()


async def test_a_page_that_moved_is_not_followed() -> None:
    async with faulty_icecast() as server:
        server.fault = "302"
        async with exporter(config(icecast=[icecast(server.url, interval="0s")])) as client:
            await scrape(client)
            assert server.hits["/login"] == 0


async def test_a_list_of_listeners_that_is_broken_costs_its_own_mount() -> None:
    async with faulty_icecast() as server:
        rows = b"<icestats><source><listener><UserAgent>VLC</UserAgent></listener></source></icestats>"
        server.listclients = {"/m1.mp3": b"<icestats><source>", "/v.ogg": rows}
        async with exporter(
            config(icecast=[icecast(server.url, interval="0s", listeners={"interval": "1s"})])
        ) as client:
            series = {"server": "main", "mount": "/v.ogg"}
            page = await until(client, lambda p: p.get("icecast_mount_relay_listeners", **series) == 0, server, 6)
            assert page.get("icecast_mount_relay_listeners", server="main", mount="/m1.mp3") is None
