"""What goes wrong at the station now and then, each with an alert that tells of it."""

import asyncio
import random
from collections.abc import Iterator
from typing import Protocol

from demo import mishap
from demo.channel import Channel
from demo.mishap import Mishap, Tell
from demo.programme import JAZZ, LIVE, OGG

FIRST_AFTER = 15.0
PAUSE = (60.0, 150.0)


class Stage(Protocol):
    """What a mishap can lay hands on."""

    def channel(self, mount: str) -> Channel:
        """Return the channel of `mount`."""

    def rush(self, mount: str, people: int) -> None:
        """Send `people` more to `mount`, until told 0."""


async def crash(stage: Stage, tell: Tell) -> None:
    """A source dies and stays away long enough for StreamDown."""
    tell(f"the source of {JAZZ} dies; it will be back in 60 s (StreamDown is due after 30 s)")
    await stage.channel(JAZZ).hold_down(60)
    tell(f"the source of {JAZZ} is back")


async def rush(stage: Stage, tell: Tell) -> None:
    """Everybody wants the same stream, which takes 60 listeners."""
    tell(f"a link to {JAZZ} goes round: 80 people at once, though it takes 60")
    stage.rush(JAZZ, 80)
    try:
        await asyncio.sleep(170)  # ListenersNearLimit waits two minutes
    finally:
        stage.rush(JAZZ, 0)
    tell(f"the rush on {JAZZ} is over")


async def stall(stage: Stage, tell: Tell) -> None:
    """A source falls silent, but its connection stays open: Icecast still lists it as if all were well."""
    tell(f"the source of {LIVE} stalls: connected, but silent for 60 s (StreamStalled is due)")
    source = stage.channel(LIVE).source
    source.stall()
    try:
        await asyncio.sleep(60)
    finally:
        source.resume()
    tell(f"the source of {LIVE} goes on")


async def flap(stage: Stage, tell: Tell) -> None:
    """A bad line: the source reconnects again and again."""
    tell(f"the line of {OGG} is bad: it reconnects six times within a minute")
    for _ in range(6):
        await stage.channel(OGG).hold_down(1)
        await asyncio.sleep(9)
    tell(f"the line of {OGG} is good again")


SCRIPT: tuple[Mishap[Stage], ...] = (crash, stall, rush, flap)


def programme(dice: random.Random) -> Iterator[Mishap[Stage]]:
    """Yield mishaps for ever: the script, then any of them."""
    yield from SCRIPT
    while True:
        yield dice.choice(SCRIPT)


async def happen(stage: Stage, tell: Tell, dice: random.Random) -> None:
    """Let mishaps happen for ever."""
    await mishap.happen(programme(dice), stage, tell, dice, after=FIRST_AFTER, pause=PAUSE)
