"""What goes wrong in the playout engine now and then, each with an alert that tells of it. The sound goes on."""

import asyncio
import random
from collections.abc import Iterator

from demo import mishap
from demo.engine import DECKS, Engine
from demo.mishap import Mishap, Tell

FIRST_AFTER = 30.0
PAUSE = (40.0, 120.0)

LOW, DRY, SLOW, DOWN, RESTLESS, SILENT = 20.0, 6.0, 220.0, 100.0, 420.0, 60.0
"""Seconds that each of them takes."""


async def low_buffer(engine: Engine, tell: Tell) -> None:
    """A buffer is nearly empty."""
    deck = engine.dice.choice(DECKS)
    tell(f"the buffer of deck {deck} is at 6 % for {LOW:.0f} s (DeckBufferLow is due)")
    engine.decks[deck].drained_to = 0.06
    try:
        await asyncio.sleep(LOW)
    finally:
        engine.decks[deck].drained_to = None


async def underrun(engine: Engine, tell: Tell) -> None:
    """A buffer is empty, and the listeners hear it."""
    deck = engine.dice.choice(DECKS)
    tell(f"deck {deck} runs dry for {DRY:.0f} s (DeckUnderrun is due)")
    engine.decks[deck].drained_to = 0.0
    try:
        for _ in range(3):
            engine.decks[deck].underruns += 1
            await asyncio.sleep(DRY / 3)
    finally:
        engine.decks[deck].drained_to = None


async def slow_decoder(engine: Engine, tell: Tell) -> None:
    """A file on a slow disk."""
    deck = engine.dice.choice(DECKS)
    tell(f"deck {deck} decodes slowly for {SLOW:.0f} s (DecoderSlow is due)")
    usual, engine.decks[deck].latency = engine.decks[deck].latency, 0.4
    try:
        await asyncio.sleep(SLOW)
    finally:
        engine.decks[deck].latency = usual


async def encoder_drops(engine: Engine, tell: Tell) -> None:
    """An encoder stops."""
    name = engine.dice.choice(sorted(engine.encoders))
    tell(f"the encoder {name} is down for {DOWN:.0f} s (EncoderDown is due)")
    engine.encoders[name].up = False
    try:
        await asyncio.sleep(DOWN)
    finally:
        engine.encoders[name].up = True
    tell(f"the encoder {name} is up again")


async def restless_encoder(engine: Engine, tell: Tell) -> None:
    """A bit rate that goes up and down."""
    name = engine.dice.choice(sorted(engine.encoders))
    tell(f"the bit rate of {name} wavers for {RESTLESS / 60:.0f} minutes (EncoderBitrateUnstable is due)")
    usual, engine.encoders[name].wavers = engine.encoders[name].wavers, 0.6
    try:
        await asyncio.sleep(RESTLESS)
    finally:
        engine.encoders[name].wavers = usual
    tell(f"the bit rate of {name} is steady again")


async def silence(engine: Engine, tell: Tell) -> None:
    """The engine hangs: it reports nothing."""
    tell(f"the playout engine reports nothing for {SILENT:.0f} s (PlayoutSilent is due)")
    engine.speaks = False
    try:
        await asyncio.sleep(SILENT)
    finally:
        engine.speaks = True
    tell("the playout engine reports again")


SCRIPT: tuple[Mishap[Engine], ...] = (low_buffer, underrun, encoder_drops, slow_decoder, silence, restless_encoder)


def programme() -> Iterator[Mishap[Engine]]:
    """Yield mishaps for ever: the script again and again, so that each comes every half hour."""
    while True:
        yield from SCRIPT


async def happen(engine: Engine, tell: Tell, dice: random.Random) -> None:
    """Let mishaps happen for ever."""
    await mishap.happen(programme(), engine, tell, dice, after=FIRST_AFTER, pause=PAUSE)
