"""Streaming servers tell an exporter of their listeners while it is killed again and again."""

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.truth import generator, people, seen, truth
from tests.integration.truth.exporter_process import TOKEN, Exporter, exporting
from tests.integration.truth.sender import Sender
from tests.integration.truth.truth import Listening
from tests.running import Scrape

BATCH = 100
SENT_TWICE = 0.2
SEED = 20261121

CLOSE, CLOSE_OF_CHANNEL = 0.03, 0.05
"""How far off an estimate of distinct listeners may be; the sketches' standard error is 1.6 %."""


@dataclass
class Run:
    """What happened, and what the exporter said of it.

    Attributes:
        sessions: as they were generated.
        heard: what of them is a person's listening.
        page: /metrics when everything had ended.
        later: /metrics after one more crash.
        line: the run in one line, for people.
    """

    sessions: list[generator.Session]
    heard: list[Listening]
    page: Scrape
    later: Scrape
    line: str


async def run(folder: Path, events: int, kills: int, **sections: Any) -> Run:
    """Generate events, have them told to an exporter that is killed so many times, and let what is left expire."""
    dice, now = random.Random(SEED), time.time_ns() // 1_000_000
    sessions = generator.sessions(events, now, dice)
    heard = [one for one in map(truth.told, sessions) if one is not None]
    database = people.geoip(folder / "world.mmdb", people.WORLD)
    settings = {
        "ingest": {"token": TOKEN, "rate": 1_000_000},
        "geoip": {"database": str(database)},
        "audience": {"idle_after": "2h"},
        **sections,
    }
    async with exporting(folder, **settings) as exporter:
        await exporter.ready()
        told = await _tell(exporter, sessions, kills, dice)
        page = await _settled(exporter, heard)
        await exporter.crash()
        later = await _settled(exporter, heard)
    return Run(sessions, heard, page, later, f"{told}; {_counts(page)}")


async def _tell(exporter: Exporter, sessions: list[generator.Session], kills: int, dice: random.Random) -> str:
    order = generator.deliveries(sessions, SENT_TWICE, dice)
    sender = Sender(
        f"{exporter.url}/api/webhook",
        generator.batches(order, BATCH),
        lambda number, place: sessions[number].event(place),
    )
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(sender.run())
        await _kill(exporter, sender, sorted(dice.randrange(len(order) * 9 // 10) for _ in range(kills)), dice)
        await sending
    took, events = time.monotonic() - began, sum(len(one.tells) for one in sessions)
    return (
        f"{events} events of {len(sessions)} sessions, {len(order) - events} sent twice, {kills} times kill -9,"
        f" {sender.unanswered} requests sent again, all acknowledged within {took:.0f} s"
    )


async def _kill(exporter: Exporter, sender: Sender, moments: list[int], dice: random.Random) -> None:
    """Crash it when so many events are acknowledged, or a little later; now and then again while it still starts."""
    for count, moment in enumerate(moments):
        if count % 3 != 2:
            await sender.reached(moment)
        await asyncio.sleep(dice.random() / 4)
        await exporter.crash()


async def _settled(exporter: Exporter, heard: list[Listening]) -> Scrape:
    """Its page when every session has ended, nothing is on its way any more and the distinct listeners are counted."""
    await exporter.ready()
    await exporter.reload(audience={"idle_after": "1s"})
    about = truth.distinct(heard)[""]
    async with asyncio.timeout(90):
        while True:
            page = await exporter.scrape()
            counted = page.get("radio_station_unique_listeners", window="1d") or 0
            if not seen.total(page, "radio_sessions_active") and abs(counted / about - 1) < CLOSE:
                return page
            await asyncio.sleep(0.5)


def _counts(page: Scrape) -> str:
    names = {
        "started": "radio_sessions_started_total",
        "listening seconds": "radio_listening_seconds_total",
        "bytes": "radio_session_sent_bytes_total",
        "facts": "radio_ingest_facts_total",
        "repetitions": "radio_ingest_duplicates_total",
        "distinct listeners": "radio_listeners_new_total",
    }
    estimated = page.get("radio_station_unique_listeners", window="1d") or 0
    return (
        ", ".join(f"{seen.total(page, name)} {what}" for what, name in names.items()) + f" (estimated: {estimated:.0f})"
    )


def check(run_: Run, store: Path | str) -> None:
    """Everything equals the truth: on the page, after one more crash, and in the tables."""
    true = truth.figures(run_.heard) + truth.facts(run_.sessions, "flussonic")
    for page in (run_.page, run_.later):
        assert not truth.differences(true, seen.figures(page))
        _check_listeners(run_.heard, page)
    with seen.Store(store) as tables:
        _check_tables(run_.heard, true, tables)


def _check_listeners(heard: list[Listening], page: Scrape) -> None:
    """New listeners exactly, whichever of a listener's sessions was told first; distinct ones as well as sketches can."""
    everyone, qualified = truth.distinct(heard), truth.distinct([one for one in heard if one.lasted >= truth.MINUTE])
    assert seen.total(page, "radio_listeners_new_total") == everyone[""]
    assert seen.total(page, "radio_listeners_returning_total") == len(heard) - everyone[""]
    assert page.get("radio_exporter_store_up") == 1
    for window in ("1d", "7d", "30d"):
        for kind, true in (("", everyone), ("_qualified", qualified)):
            station = page.get(f"radio_station{kind}_unique_listeners", window=window)
            assert station == pytest.approx(true[""], rel=CLOSE), (kind, window)
            for channel in generator.CHANNELS:
                found = page.get(f"radio{kind}_unique_listeners", channel=channel, window=window)
                assert found == pytest.approx(true[channel], rel=CLOSE_OF_CHANNEL), (kind, channel, window)


def _check_tables(heard: list[Listening], true: truth.Figures, tables: seen.Store) -> None:
    assert not truth.differences(_known_to(tables.sessions(), true), tables.sessions())
    assert not truth.differences(_known_to(tables.totals(), true), tables.totals())
    quarters = truth.by_quarter(heard)
    assert tables.quarters("listened") == quarters.listened
    assert tables.quarters("qualified_listened") == quarters.qualified
    assert tables.by_place("started") == tables.by_place("ended") == truth.by_place(heard)
    assert tables.by_place("sent") == truth.by_place(heard, lambda one: one.sent)
    assert tables.by_place("new_listeners + returning_listeners") == truth.by_place(heard)
    assert tables.number("SELECT SUM(new_listeners) FROM quarter") == truth.distinct(heard)[""]
    distinct = "SELECT COUNT(DISTINCT identity) FROM session WHERE begun AND person"
    assert tables.number(distinct) == truth.distinct(heard)[""]
    assert tables.number("SELECT COUNT(*) FROM session WHERE ended IS NULL") == 0


def _known_to(found: truth.Figures, true: truth.Figures) -> truth.Figures:
    """The truth, as far as a table tells of it."""
    return seen.only(true, {name[0] for name in found})
