"""What goes wrong at the playout, and that it is over when it is said to be."""

import asyncio
import random
from itertools import islice

import pymysql
import pytest

from demo import music_mishaps
from demo.music import Elsewhere
from demo.music_mishaps import LONG, SCRIPT, Music, programme
from demo.past import Past
from demo.playout import QUEUED
from tests.demo.playouts import PASSWORD, address, house, opened, playing, soon

pytestmark = pytest.mark.usefixtures("quick")


def test_the_script_comes_first_and_what_takes_long_once() -> None:
    coming = list(islice(programme(random.Random(1)), 50))
    assert tuple(coming[: len(SCRIPT) + len(LONG)]) == (*SCRIPT, *LONG)
    assert set(coming[len(SCRIPT) + len(LONG) :]) == set(SCRIPT)


async def test_every_mishap_leaves_things_as_they_were(database, monkeypatch):
    for name in ("LOOP", "STOP", "DRAIN", "DOWN"):
        monkeypatch.setattr(music_mishaps, name, 0.3)
    monkeypatch.setattr(music_mishaps, "CUT_EVERY", 0.02)
    async with house(database) as at, playing(at):
        await soon(lambda: len(at.icecast.of("/live.mp3")) > 20)
        both = Music(at.playout, Elsewhere(address(database.port), at.playout.studio))
        for mishap in (*SCRIPT, *LONG):
            before = len(at.icecast.titles)
            await mishap(both, at.told.append)
            await soon(lambda before=before: len(at.icecast.titles) > before + 4)
        await soon(lambda: len(database.rows("SELECT 1 FROM queuelist")) >= QUEUED - 1)
    assert len(at.told) == 2 * len((*SCRIPT, *LONG))


async def test_a_stopped_playout_begins_nothing_and_an_empty_queue_stays_empty(database):
    async with house(database, speed=100) as at, playing(at):
        await soon(lambda: at.icecast.titles)
        stopped = asyncio.create_task(at.playout.stop(5))
        await asyncio.sleep(0.7)
        before = len(at.icecast.titles)
        await asyncio.sleep(0.6)
        assert len(at.icecast.titles) == before
        await stopped
        drained = asyncio.create_task(at.playout.drain(4))
        await asyncio.sleep(0.5)
        assert database.rows("SELECT 1 FROM queuelist") == []
        assert not at.playout.takes_requests
        assert len(at.icecast.titles) > before
        await drained


async def test_a_stuck_playout_plays_one_song(database):
    async with house(database, speed=100) as at, playing(at):
        await soon(lambda: len(at.icecast.of("/live.mp3")) > 5)
        stuck = asyncio.create_task(at.playout.repeat(3))
        await asyncio.sleep(0.6)
        before = len(at.icecast.of("/live.mp3"))
        await stuck
        looped = at.icecast.of("/live.mp3")[before:]
        assert len(looped) > 3
        assert len(set(looped)) == 1


async def test_an_exporter_that_is_kept_out_gets_in_again(database):
    async with opened(database, Past()) as studio:
        task = asyncio.create_task(Elsewhere(address(database.port), studio).hold_down(0.5))
        await asyncio.sleep(0.2)
        with pytest.raises(pymysql.err.OperationalError, match="locked"):
            database.rows("SELECT ID FROM songlist", "exporter", PASSWORD)
        await task
        database.rows("SELECT ID FROM songlist", "exporter", PASSWORD)
