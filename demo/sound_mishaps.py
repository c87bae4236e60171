"""What goes wrong with the sound now and then, each with an alert that tells of it. The streams stay on the air."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace

from demo import mishap
from demo.mishap import Mishap, Tell
from demo.mishaps import Stage
from demo.programme import JAZZ, STUDIO
from demo.sources import Source

FIRST_AFTER = 100.0
PAUSE = (120.0, 210.0)
SILENT, ONE_SIDED, TOO_LOUD, FOREIGN = 30.0, 120.0, 60.0, 180.0
"""Seconds. A silence of 20 would do for DeadAir, but only if a scrape fell into its last five seconds."""

OVERDRIVE = 20


async def silence(stage: Stage, tell: Tell) -> None:
    """Nobody is heard, but the encoder goes on."""
    source = await _on_air(stage)
    tell(f"a fader on the desk of {JAZZ} is down: it sends silence for {SILENT:.0f} s (DeadAir is due after 15)")
    await _turned(source, {"mutel": 1, "muter": 1}, {"mutel": 0, "muter": 0}, SILENT)
    tell(f"{JAZZ} is heard again")


async def dead_channel(stage: Stage, tell: Tell) -> None:
    """A cable has come loose."""
    source = await _on_air(stage)
    tell(f"the left channel of {JAZZ} is dead for {ONE_SIDED:.0f} s (DeadChannel is due after 60)")
    await _turned(source, {"mutel": 1}, {"mutel": 0}, ONE_SIDED)
    tell(f"both channels of {JAZZ} are heard again")


async def overdrive(stage: Stage, tell: Tell) -> None:
    """Somebody turns up, and up."""
    source = await _on_air(stage)
    tell(f"{JAZZ} is far too loud for {TOO_LOUD:.0f} s (Clipping is due, which takes its time: after 5 minutes)")
    await _turned(source, {"level_in": OVERDRIVE}, {"level_in": 1}, TOO_LOUD)
    tell(f"{JAZZ} is as loud as before")


async def foreign_codec(stage: Stage, tell: Tell) -> None:
    """Somebody has changed the encoder to what hardly a player understands."""
    channel = stage.channel(STUDIO)
    usual = channel.source.feed
    tell(f"{STUDIO} is sent as AC-3 for {FOREIGN:.0f} s: it is on the air, and nobody understands it (ProbeFailing)")
    channel.source.feed = replace(usual, codec="ac3", sample_rate=48000)
    channel.source.kill()
    try:
        await asyncio.sleep(FOREIGN)
    finally:
        channel.source.feed = usual
        channel.source.kill()
    tell(f"{STUDIO} is MP3 again")


async def _on_air(stage: Stage) -> Source:
    """The source that goes over the desk, once no other mishap keeps it away."""
    channel = stage.channel(JAZZ)
    await channel.on_air.wait()
    return channel.source


async def _turned(source: Source, there: dict[str, int], back: dict[str, int], seconds: float) -> None:
    """Leave the desk like that for so long."""
    source.turn(there)
    try:
        await asyncio.sleep(seconds)
    finally:
        source.turn(back)


SCRIPT: tuple[Mishap[Stage], ...] = (silence, dead_channel, silence, overdrive, silence, foreign_codec)


def programme() -> Iterator[Mishap[Stage]]:
    """Yield mishaps for ever: silence is every second one."""
    while True:
        yield from SCRIPT


async def happen(stage: Stage, tell: Tell, dice: random.Random) -> None:
    """Let mishaps happen for ever."""
    await mishap.happen(programme(), stage, tell, dice, after=FIRST_AFTER, pause=PAUSE)
