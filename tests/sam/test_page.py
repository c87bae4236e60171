"""What `/metrics` and the landing page show of a studio."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.captures import capture
from tests.faulty import faulty_icecast
from tests.running import Scrape, config, exporter, icecast, scrape
from tests.sam.samdb import PASSWORD, SamDb


def studio(db: SamDb, **more: Any) -> dict[str, Any]:
    """An entry under `sam:`."""
    return {
        "name": "studio", "host": "127.0.0.1", "port": db.server.port, "database": db.name, "user": db.user,
        "password": PASSWORD, "interval": "500ms", "timeout": "400ms", **more,
    }  # fmt: skip


async def when(client: TestClient[Any, Any], is_so: Callable[[Scrape], object]) -> Scrape:
    """The first page of which something is so."""
    async with asyncio.timeout(15):
        while not is_so(page := await scrape(client)):
            await asyncio.sleep(0.1)
        return page


def ago(seconds: float) -> str:
    """A time on a clock in UTC, as SAM writes it."""
    return f"{datetime.now(UTC) - timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"


async def test_what_is_on_the_air_in_the_queue_and_in_the_library(sam_db: SamDb) -> None:
    quill = sam_db.song("Marta Quill", 'Tram "7"', duration=200_000)
    sam_db.song("Ada Ferrow", "Dust", duration=100_000, count_played=3)
    sam_db.song("Station", "This is us", songtype="I", duration=5_000)
    sam_db.play(ago(300), song_id=2, artist="Ada Ferrow", title="Dust", duration=100_000)
    began = ago(20)
    sam_db.play(began, song_id=quill, artist="Marta Quill", title='Tram "7"', duration=200_000, listeners=17)
    sam_db.queue(2, 2, quill)
    async with exporter(config(sam=[studio(sam_db)])) as client:
        page = await when(
            client,
            lambda page: (
                page.get("sam_library_unplayed_items", server="studio") is not None
                and page.get("sam_plays_total", server="studio", songtype="S")
            ),
        )
        landing = await front(client)
    started = datetime.fromisoformat(f"{began}+00:00").timestamp()
    assert page.labels("sam_track_info") == [
        {"server": "studio", "song_id": str(quill), "artist": "Marta Quill", "title": 'Tram "7"', "songtype": "S"}
    ]
    assert page.get("sam_track_started_timestamp_seconds", server="studio") == started
    assert page.get("sam_track_duration_seconds", server="studio") == 200
    assert page.get("sam_track_listeners", server="studio") == 17
    assert page.get("sam_last_play_timestamp_seconds", server="studio", songtype="S") == started
    assert page.get("sam_queue_items", server="studio") == 3
    assert page.get("sam_queue_duration_seconds", server="studio") == 400
    assert page.get("sam_library_items", server="studio", songtype="S") == 2
    assert page.get("sam_library_items", server="studio", songtype="I") == 1
    assert page.get("sam_library_unplayed_items", server="studio") == 1
    assert page.get("sam_history_behind_items", server="studio") == 0
    assert "Marta Quill - Tram &quot;7&quot;" in landing
    assert "1 playout on air" in landing


async def test_an_engine_that_tells_of_ends_does_not_say_what_is_on(sam_db: SamDb) -> None:
    sam_db.play(ago(30))
    async with exporter(config(sam=[studio(sam_db, date_played_means="end")])) as client:
        page = await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S"))
    assert not [name for name in page.names() if name.startswith("sam_track")]


async def test_listeners_are_those_of_the_mounts_it_feeds(sam_db: SamDb) -> None:
    """At the start and the end of a song, by the live mounts; the playout's own number is of no account then."""
    song = sam_db.song("Marta Quill", "Tram")
    async with faulty_icecast() as server:
        mount = next(iter(await live(server.url)))
        listeners = (await live(server.url))[mount]
        sections = config(
            icecast=[icecast(server.url)], sam=[studio(sam_db, mounts=[mount], charts={"least_plays": 1})]
        )
        async with exporter(sections) as client:
            await when(
                client, lambda page: page.get("sam_up", server="studio") and page.get("icecast_up", server="main")
            )
            await asyncio.sleep(5.5)  # two looks at the listeners
            sam_db.play(ago(3), song_id=song, artist="Marta Quill", title="Tram", listeners=5)
            sam_db.play(ago(0), songtype="J", listeners=999)
            await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="J"))
            async with client.get("/api/v1/music/song", params={"server": "studio", "song_id": str(song)}) as reply:
                said = await reply.json()
    assert [(play["listeners_before"], play["listeners_after"]) for play in said["rows"]] == [(listeners, listeners)]


@pytest.mark.parametrize(("began", "said"), [(20, "2 streams on air"), (500, "1 playout off air, 2 streams on air")])
async def test_the_playout_is_no_stream_of_its_own(sam_db: SamDb, began: float, said: str) -> None:
    sam_db.play(ago(began), artist="Ada Ferrow", title="Dust", duration=200_000)
    async with faulty_icecast() as server:
        server.document = capture("kh22/stats.many")
        watched = config(icecast=[icecast(server.url)], sam=[studio(sam_db)])
        async with exporter(watched) as client:
            await when(client, lambda page: page.labels("sam_track_info") and page.get("icecast_up", server="main"))
            landing = await front(client)
    assert "Ada Ferrow - Dust" in landing
    assert f">{said}<" in landing


async def front(client: TestClient[Any, Any]) -> str:
    """The landing page."""
    async with client.get("/") as reply:
        return await reply.text()


async def live(url: str) -> dict[str, float]:
    """Mounts that have a number of listeners of their own, and it."""
    async with exporter(config(icecast=[icecast(url)])) as client:
        page = await when(client, lambda page: page.get("icecast_up", server="main"))
    found = {
        labels["mount"]: page.samples["icecast_mount_listeners", frozenset(labels.items())]
        for labels in page.labels("icecast_mount_listeners")
        if page.get("icecast_mount_up", **labels)
    }
    return {mount: count for mount, count in found.items() if list(found.values()).count(count) == 1}


async def test_a_missing_table_costs_its_own_part(sam_db: SamDb, caplog) -> None:
    sam_db.play(ago(30), songtype="S")
    sam_db.run("DROP TABLE requestlist")
    sam_db.run("ALTER TABLE historylist DROP COLUMN ISRC")
    async with exporter(config(sam=[studio(sam_db)])) as client:
        page = await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S"))
        await asyncio.sleep(1.5)  # a few polls more say nothing more
    assert page.get("sam_up", server="studio") == 1
    parts = {labels["part"]: page.get("sam_part_available", **labels) for labels in page.labels("sam_part_available")}
    assert parts == {"history": 1, "queue": 1, "requests": 0, "library": 1, "categories": 1}
    said = [record.getMessage() for record in caplog.records if record.name.startswith("exporter.sam")]
    assert sum("requestlist" in line for line in said) == 1
    assert sum("ISRC" in line for line in said) == 1


async def test_a_history_that_is_emptied_or_exchanged_is_read_anew_and_nothing_counts_twice(
    sam_db: SamDb, caplog
) -> None:
    for minute in range(5):
        sam_db.play(ago(3000 - 60 * minute), song_id=minute + 1, title=f"Title {minute}")
    async with exporter(config(sam=[studio(sam_db)])) as client:
        await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S") == 5)
        sam_db.run("DELETE FROM historylist WHERE ID > 3")  # a backup of an hour ago is restored
        sam_db.run("ALTER TABLE historylist AUTO_INCREMENT = 4")
        await when(client, lambda page: page.get("sam_history_disruptions_total", server="studio", kind="reset") == 1)
        sam_db.play(ago(60), song_id=9)
        page = await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S") == 6)
        sam_db.run("TRUNCATE historylist")
        for _ in range(8):
            sam_db.play(ago(30), song_id=7)
        page = await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S") == 14)
    assert page.get("sam_history_disruptions_total", server="studio", kind="replaced") == 1
    assert any("read anew from its beginning" in record.getMessage() for record in caplog.records)


async def test_a_store_that_is_busy_is_not_the_playout_s_fault(sam_db: SamDb, tmp_path: Path) -> None:
    sam_db.play(ago(300))
    patient = studio(sam_db, interval="2s", timeout="2s")
    async with exporter(config(sam=[patient], state_dir=str(tmp_path))) as client:
        await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="S") == 1)
        with closing(sqlite3.connect(tmp_path / "radio.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            sam_db.play(ago(0), songtype="N")
            for _ in range(40):
                page = await scrape(client)
                assert page.get("sam_up", server="studio") == 1
                assert page.get("sam_queue_items", server="studio") == 0
                assert page.get("sam_plays_total", server="studio", songtype="N") == 0
                await asyncio.sleep(0.1)
            other.execute("ROLLBACK")
        await when(client, lambda page: page.get("sam_plays_total", server="studio", songtype="N") == 1)


async def test_a_request_of_a_table_that_was_emptied_expires(sam_db: SamDb) -> None:
    sam_db.request(ago(52), status="pending")
    async with exporter(config(sam=[studio(sam_db, requests_expire="1m")])) as client:
        await when(client, lambda page: page.get("sam_requests_pending", server="studio") == 1)
        sam_db.run("TRUNCATE requestlist")
        page = await when(client, lambda page: page.get("sam_requests_pending", server="studio") == 0)
    assert page.get("sam_requests_total", server="studio", outcome="expired") == 1
