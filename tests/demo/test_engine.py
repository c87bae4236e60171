"""The playout engine against a real exporter: what it reports is what is shown, and every mishap can be seen."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp.test_utils import TestClient

from demo import engine, engine_mishaps
from demo.engine import DECKS, ENCODERS, ENGINE, EVENTS, Engine, Reporter
from demo.engine_mishaps import SCRIPT, encoder_drops, low_buffer, silence, slow_decoder, underrun
from exporter.ingest import events, playout
from tests.running import Scrape, config, exporter, scrape

TOKEN = "open-sesame"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(engine, "EVERY", 0.05)
    for name in ("LOW", "DRY", "SLOW", "DOWN", "RESTLESS", "SILENT"):
        monkeypatch.setattr(engine_mishaps, name, 3.0)


@asynccontextmanager
async def reported() -> AsyncIterator[tuple[TestClient, Engine, list[str]]]:
    """An exporter that the engine reports to."""
    sections = {"ingest": {"token": TOKEN}, "playout": [{"engine": ENGINE, "ttl": "1s"}]}
    async with exporter(config(**sections)) as client:
        await until(client, lambda page: page.get("radio_exporter_store_up") == 1)
        told: list[str] = []
        one = Engine(random.Random(3))
        task = asyncio.ensure_future(Reporter(one, str(client.make_url("")).rstrip("/"), TOKEN, told.append).run())
        try:
            await until(client, lambda page: page.get("radio_playout_up", engine=ENGINE) == 1)
            yield client, one, told
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until(client: TestClient, holds: Callable[[Scrape], bool]) -> Scrape:
    """The page once `holds` is true of it."""
    async with asyncio.timeout(30):
        while not holds(page := await scrape(client)):
            await asyncio.sleep(0.05)
    return page


async def test_every_figure_is_shown_and_nothing_is_refused():
    async with reported() as (client, _, told):
        page = await until(client, lambda page: page.labels("radio_encoder_bitrate_spread_ratio"))
        for deck in DECKS:
            assert page.get("radio_deck_buffer_fill_ratio", engine=ENGINE, deck=deck) > 0.5
            assert page.get("radio_deck_underruns_total", engine=ENGINE, deck=deck) == 0
        for encoder in ENCODERS:
            assert page.get("radio_encoder_up", engine=ENGINE, encoder=encoder) == 1
        assert page.get("radio_engine_stream_connected", engine=ENGINE) == 1
        names = {event for _, _, event, _ in EVENTS}
        await until(
            client,
            lambda page: any(labels["event"] in names for labels in page.labels("radio_events_total")),
        )
        rejected = [key for key, value in page.samples.items() if key[0] == "radio_ingest_rejected_total" and value]
        assert (rejected, told) == ([], [])


SEEN = {
    low_buffer: lambda page: min(values(page, "radio_deck_buffer_fill_ratio")) < 0.1,
    underrun: lambda page: sum(values(page, "radio_deck_underruns_total")) >= 1,
    encoder_drops: lambda page: 0 in values(page, "radio_encoder_up"),
    slow_decoder: lambda page: max(values(page, "radio_deck_decoder_latency_seconds")) > 0.1,
    silence: lambda page: page.get("radio_playout_up", engine=ENGINE) == 0,
}


def values(page: Scrape, name: str) -> list[float]:
    return [value for (sample, _), value in page.samples.items() if sample == name] or [0.01]


@pytest.mark.parametrize("mishap", SEEN, ids=lambda mishap: mishap.__name__)
async def test_a_mishap_is_seen_and_over(mishap):
    async with reported() as (client, one, _):
        told: list[str] = []
        task = asyncio.ensure_future(mishap(one, told.append))
        await until(client, SEEN[mishap])
        await task
        assert told
        if mishap is not underrun:
            await until(client, lambda page: page.labels("radio_encoder_up") and not SEEN[mishap](page))


def test_a_bit_rate_that_wavers_is_far_from_steady():
    dice = random.Random(5)
    one = Engine(dice)
    (encoder, *_) = one.encoders.values()
    steady = [encoder.report(dice)["bitrate_bytes_per_second"] for _ in range(200)]
    encoder.wavers = 0.6
    restless = [encoder.report(dice)["bitrate_bytes_per_second"] for _ in range(200)]
    assert max(steady) / min(steady) < 1.02
    assert max(restless) / min(restless) > 2


def test_every_mishap_comes_within_the_hour():
    longest = sum((20, 6, 100, 220, 60, 420)) + len(SCRIPT) * engine_mishaps.PAUSE[1]
    assert longest < 3600
    steps = engine_mishaps.programme()
    assert {next(steps) for _ in SCRIPT} == set(SCRIPT)


def test_what_it_tells_is_of_the_kinds_that_are_taken():
    one = Engine(random.Random(1))
    for _ in range(50):
        heard = events.heard(events.read(json.dumps(one.event()).encode()), 2**41, 0)
        assert len(heard.events) == 1
    assert playout.SENDER == "playout"
