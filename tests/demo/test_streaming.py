"""The streaming servers and the pages against a real exporter: what they tell is what it shows."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp.test_utils import TestClient, unused_port

from demo import outbox
from demo.edge_mishaps import FAST, SCRIPT, Line, lost_answer, programme, silence, wrong_clock, wrong_token
from demo.edges import edges
from demo.mishap import Mishap
from demo.outbox import Outbox
from demo.pages import PAGE, SOURCES, Pages
from demo.people import invent
from demo.places import write
from demo.streaming import Options, streaming
from exporter.ingest.flussonic import KINDS
from tests.running import Scrape, config, exporter, scrape

TOKEN = "open-sesame"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(outbox, "EVERY", 0.05)
    monkeypatch.setattr(outbox, "RETRY", 0.05)


@asynccontextmanager
async def told(tmp_path) -> AsyncIterator[tuple[TestClient, str]]:
    """An exporter with the demo's doors, and its address."""
    sections = {
        "ingest": {"token": TOKEN},
        "listens": {"sources": {name: f"http://localhost/{name}.mp3" for name in SOURCES}, "allow_origins": [PAGE]},
        "geoip": {"database": str(write(tmp_path / "places.mmdb"))},
    }
    async with exporter(config(**sections)) as client:
        await until(client, lambda page: page.get("radio_exporter_store_up") == 1)
        yield client, str(client.make_url("")).rstrip("/")


async def until(client: TestClient, holds: Callable[[Scrape], bool]) -> Scrape:
    """The page once `holds` is true of it."""
    async with asyncio.timeout(60):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.1)
    return page


@asynccontextmanager
async def running(work) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def line(url: str, tell=print) -> AsyncIterator[Line]:
    """An edge and its way to the exporter."""
    (edge, _), _ = edges(100, speed=1, dice=random.Random(11))
    box = Outbox(edge.name, url, TOKEN, tell)
    async with running(box.run()):
        yield Line(edge, box)


def two_minutes(one: Line) -> int:
    """Have the edge tell of its last two minutes; how much of that the exporter counts."""
    now = time.time_ns() // 1_000_000
    events = [event for ago in range(120, 0, -1) for event in one.edge.tick(now - ago * 1000, 10)]
    one.outbox.put(events)
    return sum(event["event"] in KINDS for event in events)


def facts(page: Scrape) -> float:
    return sum(value for (name, _), value in page.samples.items() if name == "radio_ingest_facts_total")


@asynccontextmanager
async def happening(mishap: Mishap[Line], one: Line) -> AsyncIterator[None]:
    """The time of a mishap that takes a while."""
    async with running(mishap(one, print)):
        await asyncio.sleep(0)
        yield


def countries(page: Scrape) -> set[str]:
    return {labels["country"] for labels in page.labels("radio_country_sessions_active")}


async def test_both_edges_and_the_pages_are_in_the_figures(tmp_path, monkeypatch):
    monkeypatch.setattr("demo.pages.BETWEEN", 0.02)
    async with told(tmp_path) as (client, url), streaming(Options(url, TOKEN, mishaps=False), print) as task:
        page = await until(
            client,
            lambda page: (
                (page.get("radio_server_sessions_active", server="edge-fra") or 0) > 8
                and (page.get("radio_server_sessions_active", server="edge-nyc") or 0) > 8
                and all(page.get("radio_listens_total", source=name) for name in SOURCES)
                and countries(page) >= {"US", "GB"}  # who comes is drawn: some come later than others
            ),
        )
        assert not task.done()
        assert "unknown" not in countries(page)


async def test_a_wrong_token_is_refused_once_and_nothing_is_lost(tmp_path):
    async with told(tmp_path) as (client, url), line(url) as one:
        await wrong_token(one, print)
        expected = two_minutes(one)
        page = await until(client, lambda page: facts(page) >= expected)
        assert facts(page) == expected
        assert page.get("radio_ingest_rejected_total", sender="flussonic", reason="auth") == 1


async def test_what_is_sent_again_for_a_lost_answer_counts_once(tmp_path, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 10_000)
    async with told(tmp_path) as (client, url), line(url) as one:
        await lost_answer(one, print)
        expected = two_minutes(one)
        page = await until(client, lambda page: page.get("radio_ingest_duplicates_total", sender="flussonic"))
        assert (facts(page), page.get("radio_ingest_duplicates_total", sender="flussonic")) == (expected, expected)


async def test_a_wrong_clock_is_put_right(tmp_path):
    async with told(tmp_path) as (client, url), line(url) as one:
        async with happening(wrong_clock, one):
            assert one.edge.skew == FAST
            expected = two_minutes(one)
        assert one.edge.skew == 0
        page = await until(client, lambda page: facts(page) >= expected)
        assert page.get("radio_ingest_clamped_total", sender="flussonic") >= expected
        listened = [value for (name, _), value in page.samples.items() if name == "radio_listening_seconds_total"]
        assert sum(listened) < 60


async def test_events_wait_while_the_line_is_cut(tmp_path):
    async with told(tmp_path) as (client, url), line(url) as one:
        async with happening(silence, one):
            expected = two_minutes(one)
            await asyncio.sleep(0.5)
            assert facts(await scrape(client)) == 0
        await until(client, lambda page: facts(page) == expected)


async def test_an_exporter_that_is_away_is_told_of_once():
    said: list[str] = []
    async with line(f"http://127.0.0.1:{unused_port()}", said.append) as one:
        two_minutes(one)
        await asyncio.sleep(0.5)
    assert said == ["edge-fra cannot deliver its events, and keeps them: no answer"]


def test_every_mishap_comes_before_any_comes_again():
    mishaps = programme(random.Random(1))
    assert tuple(mishap for mishap, _ in (next(mishaps) for _ in SCRIPT)) == SCRIPT
    assert next(mishaps)[0] in SCRIPT


async def test_a_page_reports_plays_both_ways_and_the_doors_take_them(tmp_path):
    dice = random.Random(3)
    person = next(person for person in invent(50, dice) if "VLC" in person.agent)
    async with told(tmp_path) as (client, url):
        answers = {await Pages(url, 5, dice).play(person, "jazz") for _ in range(8)}
        assert answers == {302, 204}
        page = await until(client, lambda page: page.get("radio_listens_total", source="jazz"))
        assert page.get("radio_listens_total", source="live") is None


def test_the_token_is_shown_to_nobody():
    assert TOKEN not in repr(Options("http://127.0.0.1:1", TOKEN))
