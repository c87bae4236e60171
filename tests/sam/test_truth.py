"""Every figure beside plain SQL over the same rows, on a real MariaDB."""

import asyncio
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.running import Scrape, config, exporter, scrape
from tests.sam.plain import Sql
from tests.sam.samdb import PASSWORD, SamDb
from tests.sam.year import Writes, Year

pytestmark = pytest.mark.integration

WINDOWS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365, "all": None}
TOP = 15


def studio(db: SamDb, **more: Any) -> dict[str, Any]:
    """An entry under `sam:`."""
    return {
        "name": "studio", "host": "127.0.0.1", "port": db.server.port, "database": db.name, "user": db.user,
        "password": PASSWORD, "interval": "500ms", "timeout": "400ms", "timezone": "Europe/Berlin",
        "charts": {"top": TOP, "least_plays": 2}, **more,
    }  # fmt: skip


async def whole(client: TestClient[Any, Any], rows: int) -> Scrape:
    """A page with all charts, of all of the history."""
    async with asyncio.timeout(30):
        while True:
            page = await scrape(client)
            plays = sum(page.get("sam_plays_total", server="studio", songtype=kind) or 0 for kind in "SIPJANVXC?")
            songs = page.get("sam_plays_total", server="studio", songtype="S")
            charted = sum(of_window(page, "sam_genre_plays", "all", "genre").values())
            if plays == rows and charted == songs and of_window(page, "sam_category_plays", "1d", "category"):
                return page
            await asyncio.sleep(0.3)


def of_window(page: Scrape, family: str, window: str, label: str) -> dict[str, float]:
    """A chart's values by a label."""
    return {
        labels[label]: page.samples[family, frozenset(labels.items())]
        for labels in page.labels(family)
        if labels["window"] == window
    }


def chart(page: Scrape, family: str, window: str) -> list[tuple[int, float]]:
    """A chart of songs, in the order of the page."""
    return [
        (int(labels["song_id"]), page.samples[family, frozenset(labels.items())])
        for labels in page.labels(family)
        if labels["window"] == window
    ]


@pytest.mark.parametrize("unit", ["ms", "s"])
@pytest.mark.parametrize("means", ["start", "end"])
async def test_every_figure_is_what_plain_sql_says(sam_db: SamDb, means: str, unit: str) -> None:
    Year(sam_db, Writes(means, unit)).write()
    sql = Sql(sam_db, means, unit)
    ((rows,),) = sam_db.run("SELECT COUNT(*) FROM historylist")
    station = {"timezone": "Europe/Berlin"}
    entry = studio(sam_db, date_played_means=means, duration_unit=unit)
    async with exporter(config(station=station, sam=[entry])) as client:
        page = await whole(client, rows)
    for kind, (plays, aired, length, skips, last) in sql.totals().items():
        got = [
            page.get(f"sam_{name}", server="studio", songtype=kind)
            for name in ("plays_total", "play_duration_seconds_total", "play_nominal_duration_seconds_total", "skips_total", "last_play_timestamp_seconds")
        ]  # fmt: skip
        assert got == [plays, pytest.approx(aired), pytest.approx(length), skips, last], kind
    for window, days in WINDOWS.items():
        now = page.get("sam_charts_updated_timestamp_seconds", server="studio", window=window)
        assert now is not None
        since = None if days is None else now - days * 86400
        assert chart(page, "sam_song_plays", window) == sql.songs(since, TOP), window
        assert of_window(page, "sam_genre_plays", window, "genre") == sql.genres(since), window
        assert of_window(page, "sam_category_plays", window, "category") == sql.categories(since), window
        assert chart(page, "sam_song_requests", window) == sql.requested(since, TOP), window
        assert of_window(page, "sam_hour_requests", window, "hour") == sql.by_hour(since), window
        changes = sql.changes(now, since, 2)
        shown = dict(chart(page, "sam_song_audience_change_ratio", window))
        assert len(shown) == min(len(changes), 2 * TOP), window
        assert shown == {song: pytest.approx(changes[song]) for song in shown}, window
        askers = of_window(page, "sam_requester_requests", window, "requester")
        assert list(askers.values()) == sql.askers(since, 10), window
    now = page.get("sam_charts_updated_timestamp_seconds", server="studio", window="1d")
    assert now is not None
    rotation = page.get("sam_rotation_songs", server="studio"), page.get("sam_rotation_artists", server="studio")
    assert rotation == sql.rotation(now - 86400)
    outcomes = sql.outcomes(now - 86400)
    assert page.get("sam_requests_pending", server="studio") == outcomes.pop("pending", 0)
    for outcome, number in outcomes.items():
        assert page.get("sam_requests_total", server="studio", outcome=outcome) == number, outcome
    waited = [page.get(f"sam_request_wait_seconds_{what}", server="studio") for what in ("count", "sum")]
    assert tuple(waited) == sql.waits()
