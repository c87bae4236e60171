"""What goes wrong at the playout now and then, each with an alert that tells of it. The sound goes on all the while."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass

from demo import mishap
from demo.mariadb import Database
from demo.mishap import Mishap, Tell
from demo.playout import Playout

FIRST_AFTER = 40.0
PAUSE = (60.0, 150.0)
CUTS, CUT_EVERY = 12, 4.0
STOP, DRAIN, DOWN, LOOP = 150.0, 300.0, 180.0, 33 * 60.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Music:
    """What a mishap can lay hands on."""

    playout: Playout
    database: Database


async def many_skips(music: Music, tell: Tell) -> None:
    """Somebody cuts every song short."""
    tell(f"somebody in the studio cuts {CUTS} items short (SkipsHigh is due)")
    for _ in range(CUTS):
        await asyncio.sleep(CUT_EVERY)
        music.playout.cut()
    tell("the studio lets the songs end again")


async def same_track(music: Music, tell: Tell) -> None:
    """The playout plays one song over and over."""
    tell(f"the playout is stuck on one song for {LOOP / 60:.0f} minutes (SameTrackLoop is due after 30)")
    await music.playout.repeat(LOOP)
    tell("the playout plays other songs again")


async def playout_stops(music: Music, tell: Tell) -> None:
    """The song ends and none follows it."""
    tell(f"the playout stops for {STOP:.0f} s: the mounts play, but nothing new comes (PlayoutStopped is due)")
    await music.playout.stop(STOP)
    tell("the playout goes on")


async def queue_empty(music: Music, tell: Tell) -> None:
    """Nobody fills the queue."""
    tell(f"the queue is empty for {DRAIN:.0f} s (QueueEmpty is due)")
    await music.playout.drain(DRAIN)
    tell("the queue is filled again")


async def database_down(music: Music, tell: Tell) -> None:
    """The database is away."""
    tell(f"the playout's database is down for {DOWN:.0f} s (SamDatabaseDown is due after 2 minutes)")
    await music.database.hold_down(DOWN)
    tell("the playout's database is back")


SCRIPT: tuple[Mishap[Music], ...] = (many_skips, playout_stops, queue_empty, database_down)
LONG: tuple[Mishap[Music], ...] = (same_track,)


def programme(dice: random.Random) -> Iterator[Mishap[Music]]:
    """Yield mishaps for ever: the script, once what takes long, then any of the script."""
    yield from SCRIPT
    yield from LONG
    while True:
        yield dice.choice(SCRIPT)


async def happen(music: Music, tell: Tell, dice: random.Random) -> None:
    """Let mishaps happen for ever."""
    await mishap.happen(programme(dice), music, tell, dice, after=FIRST_AFTER, pause=PAUSE)
