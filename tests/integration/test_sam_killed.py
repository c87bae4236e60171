"""The exporter is killed again and again while it reads a long history: in the end each play and request counts once."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.integration.truth.exporter_process import Exporter, exporting
from tests.mariadb import MariaDB
from tests.running import Scrape
from tests.sam.samdb import PASSWORD, SamDb, studio

pytestmark = pytest.mark.integration

ROWS, REQUESTS, KILLS = 120_000, 20_000, 6


def fill(db: SamDb) -> None:
    """A year of plays, some of which somebody asked for."""
    db.plays(ROWS, since="2025-11-01 00:00:00", every=180)
    db.run(
        "INSERT INTO requestlist (songID, t_stamp, host, code, status) SELECT 1 + seq MOD 500, "
        "'2025-11-01 00:00:00' + INTERVAL seq * 900 SECOND, CONCAT('192.0.2.', seq MOD 250), "
        "ELT(1 + seq MOD 3, 200, 601, 200), ELT(1 + seq MOD 3, 'played', 'ignored', 'pending') FROM seq_1_to_%s",
        REQUESTS,
    )
    db.run("UPDATE historylist SET requestID = ID DIV 6 WHERE ID MOD 6 = 0 AND ID DIV 6 MOD 3 = 0")


def plays(page: Scrape) -> float:
    """All of them."""
    return sum(page.get("sam_plays_total", server="studio", songtype=kind) or 0 for kind in "SJ")


async def caught_up(exporter: Exporter) -> Scrape:
    """The page when there is nothing left to read."""
    async with asyncio.timeout(120):
        while True:
            page = await exporter.scrape()
            if page.get("sam_history_behind_items", server="studio") == 0 and plays(page):
                return page
            await asyncio.sleep(0.2)


async def test_every_play_counts_once_however_often_it_is_killed(tmp_path: Path, mariadb: MariaDB) -> None:
    dice = random.Random()
    with studio(mariadb) as db:
        fill(db)
        watched = {
            "name": "studio", "host": "127.0.0.1", "port": mariadb.port, "database": db.name, "user": db.user,
            "password": PASSWORD, "interval": "500ms", "timezone": "Europe/Berlin", "requests_expire": "1h",
        }  # fmt: skip
        async with exporting(tmp_path, sam=[watched]) as exporter:
            unread = []
            for _ in range(KILLS):
                await asyncio.sleep(dice.uniform(0.3, 2.0))
                unread.append((await exporter.scrape()).get("sam_history_behind_items", server="studio"))
                await exporter.crash()
            assert any(unread), "every kill came when everything was read"
            page = await caught_up(exporter)
            await exporter.crash()  # and once more when everything is read
            again = await caught_up(exporter)
        counted = dict(db.run("SELECT songtype, COUNT(*) FROM historylist GROUP BY 1"))
        ((on_air,),) = db.run(
            "SELECT SUM(LEAST(TIMESTAMPDIFF(SECOND, date_played, after), duration / 1000)) FROM (SELECT *, "
            "LEAD(date_played) OVER (ORDER BY ID) AS after FROM historylist) plays WHERE after IS NOT NULL"
        )
        ((waited,),) = db.run("SELECT COUNT(*) FROM historylist h JOIN requestlist r ON r.ID = h.requestID")
    assert plays(page) == plays(again) == ROWS
    aired = 0.0
    for kind, number in counted.items():
        assert page.get("sam_plays_total", server="studio", songtype=kind) == number
        aired += page.get("sam_play_duration_seconds_total", server="studio", songtype=kind) or 0
    # A clock that was changed is in it: its hour is what the local times of plain SQL do not know.
    assert abs(aired - float(on_air)) <= 180
    for outcome, number in (
        ("played", REQUESTS // 3),
        ("song_recently_played", REQUESTS // 3 + 1),
        ("expired", REQUESTS // 3 + 1),
    ):
        got = page.get("sam_requests_total", server="studio", outcome=outcome)
        assert got == pytest.approx(number, abs=1), outcome
        assert got == again.get("sam_requests_total", server="studio", outcome=outcome)
    waits = [one.get("sam_request_wait_seconds_count", server="studio") for one in (page, again)]
    assert 0 < waits[0] == waits[1] <= waited  # type: ignore[operator]
