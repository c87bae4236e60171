"""All engines together: the four ways side by side, a reload, an engine's own log."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from exporter.errors import StoreFailed
from exporter.event import Event, silent
from exporter.playout.engines import Engines
from exporter.polling.supervise import Supervisor
from exporter.reload import Settings
from tests.playout import desizone
from tests.playout.engines import section
from tests.playout.test_desizone import row
from tests.running import Scrape, config, exporter, scrape
from tests.web.doors.pushing import TOKEN

FILL = "radio_deck_buffer_fill_ratio"


async def until(holds: Callable[[Scrape], bool], client, within: float = 5) -> Scrape:
    """The first page for which something holds."""
    async with asyncio.timeout(within):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.05)
    return page


async def test_four_ways_in_and_one_reading_out(tmp_path: Path) -> None:
    """The page that is scraped is another exporter's, to which somebody pushes."""
    database, folder = desizone.made(tmp_path / "broadcaster.db"), tmp_path / "textfiles"
    folder.mkdir()
    (folder / "engine.prom").write_text(f'{FILL}{{deck="a"}} 0.4\n', encoding="utf-8")
    now = time.time_ns() // 1_000_000
    desizone.wrote(
        database, desizone.SNAPSHOT, *(desizone.snapshot(now - 1000 * back, a=0.3 - back / 10) for back in (1, 0))
    )
    ingest = {"token": "open-sesame"}
    async with exporter(config(playout=[{"engine": "far"}], ingest=ingest)) as far:
        engines = [
            {"engine": "pushed"},
            {"engine": "scraped", "url": str(far.make_url("/metrics")), "interval": "500ms"},
            {"engine": "desizone", "sqlite": str(database), "interval": "500ms"},
            {"engine": "textfile", "textfile_dir": str(folder), "interval": "500ms"},
        ]
        async with exporter(config(playout=engines, ingest=ingest)) as client:
            for told, engine, fill in ((far, "far", 0.2), (client, "pushed", 0.1)):
                body = {"engine": engine, "decks": {"a": {"fill": fill}}}
                async with told.post("/api/v1/playout/health", json=body, headers=TOKEN) as reply:
                    assert reply.status == 200
            page = await until(lambda page: len(page.labels(FILL)) == 5, client)
    fills = {
        engine: page.get(FILL, engine=engine, deck="a") for engine in ("pushed", "scraped", "desizone", "textfile")
    }
    assert fills == {"pushed": 0.1, "scraped": 0.2, "desizone": 0.3, "textfile": 0.4}
    assert page.get("radio_deck_buffer_fill_min_ratio", engine="desizone", deck="a") == pytest.approx(0.2)
    assert page.get("radio_deck_decoder_latency_seconds", engine="desizone", deck="all") == 0.0025
    assert page.get("radio_encoders_active", engine="desizone") == 3
    assert {page.get("radio_playout_up", engine=engine) for engine in fills} == {1}
    assert page.get("radio_playout_poll_failures_total", engine="pushed", reason="parse") is None
    assert page.get("radio_playout_poll_failures_total", engine="textfile", reason="parse") == 0


async def test_what_cannot_be_read_is_silent_counted_and_said_once(tmp_path: Path, caplog) -> None:
    caplog.set_level(logging.INFO, logger="exporter.polling")
    path = tmp_path / "broadcaster.db"
    async with exporter(config(playout=[{"engine": "desizone", "sqlite": str(path), "interval": "2s"}])) as client:
        page = await until(lambda page: (_failures(page, "connection") or 0) > 1, client)
        assert page.get("radio_playout_up", engine="desizone") == 0
        desizone.wrote(desizone.made(path), desizone.SNAPSHOT, desizone.snapshot(time.time_ns() // 1_000_000))
        await until(lambda page: page.get("radio_playout_up", engine="desizone") == 1, client)
    said = [message for message in caplog.messages if "playout engine" in message]
    assert said == [
        "the playout engine desizone cannot be read: the file cannot be opened (No such file or directory)",
        "the playout engine desizone can be read again",
    ]


def _failures(page: Scrape, reason: str) -> float | None:
    return page.get("radio_playout_poll_failures_total", engine="desizone", reason=reason)


async def test_a_reload_keeps_what_is_known_of_an_engine_that_did_not_change(tmp_path: Path) -> None:
    def settings(*engines) -> Settings:
        whole = config(playout=list(engines), ingest={"token": "open-sesame"}, state_dir=str(tmp_path))
        return Settings(whole)

    late = settings({"engine": "kept"}, {"engine": "changed", "ttl": "20s"}, {"engine": "new"})
    async with exporter(
        settings({"engine": "kept"}, {"engine": "changed"}, {"engine": "gone"}), lambda: late
    ) as client:
        for engine in ("kept", "changed", "gone"):
            async with client.post(
                "/api/v1/playout/health", json={"engine": engine, "cpu": 0.5}, headers=TOKEN
            ) as reply:
                assert reply.status == 200
        async with client.post("/-/reload") as reply:
            assert reply.status == 200
        page = await scrape(client)
    assert {labels["engine"]: page.get("radio_playout_up", **labels) for labels in page.labels("radio_playout_up")} == {
        "kept": 1,
        "changed": 0,
        "new": 0,
    }
    assert page.get("radio_playout_cpu_ratio", engine="kept") == 0.5


async def nowhere(_: Sequence[Event]) -> int:
    raise StoreFailed("no store here")


async def test_an_engines_log_waits_for_the_store_and_its_health_does_not(tmp_path: Path) -> None:
    """While the store is away nothing is remembered as handed on: a restart would find it again."""
    database, told, away = desizone.made(tmp_path / "broadcaster.db"), list[str](), asyncio.Event()

    async def keep(events: Sequence[Event]) -> int:
        if not away.is_set():
            raise StoreFailed("the disk is full")
        told.extend(event.message for event in events)
        return len(events)

    engines = Engines([section(engine="desizone", sqlite=str(database), interval="500ms")], tmp_path, silent, keep)
    supervisor = Supervisor(CollectorRegistry())
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        engines.start(supervisor, session)
        while not _kept(tmp_path):
            await asyncio.sleep(0.01)
        before = (tmp_path / "playout-events-desizone").read_text()
        desizone.wrote(database, desizone.EVENT, row(message="one"), row(message="two"))
        desizone.wrote(database, desizone.SNAPSHOT, desizone.snapshot(time.time_ns() // 1_000_000))
        while 'radio_playout_up{engine="desizone"} 1\n' not in engines.block()["radio_playout_up"]:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.6)
        assert (told, (tmp_path / "playout-events-desizone").read_text()) == ([], before)
        away.set()
        while (tmp_path / "playout-events-desizone").read_text() == before:
            await asyncio.sleep(0.01)
        await supervisor.stop()
    assert told == ["one", "two"]


async def test_the_page_is_the_same_until_something_is_new(tmp_path: Path) -> None:
    engines = Engines([section()], tmp_path, silent, nowhere)
    first = engines.block()
    assert engines.block() is first


async def test_an_engines_own_log_is_handed_on(tmp_path: Path) -> None:
    database, told = desizone.made(tmp_path / "broadcaster.db"), list[Event]()
    desizone.wrote(database, desizone.EVENT, row(message="history"))

    async def keep(events: Sequence[Event]) -> int:
        told.extend(events)
        return len(events)

    engines = Engines([section(engine="desizone", sqlite=str(database), interval="500ms")], tmp_path, silent, keep)
    supervisor = Supervisor(CollectorRegistry())
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        engines.start(supervisor, session)
        while not _kept(tmp_path):
            await asyncio.sleep(0.01)
        desizone.wrote(database, desizone.EVENT, row(message="now"), row(at=0))
        while not told:
            await asyncio.sleep(0.01)
        await supervisor.stop()
    assert [event.message for event in told] == ["now"]
    assert 'radio_playout_warnings_total{engine="desizone"} 1\n' in engines.block()["radio_playout_warnings_total"]


def _kept(state: Path) -> bool:
    """Whether it is known how far the log was read."""
    return (state / "playout-events-desizone").exists()
