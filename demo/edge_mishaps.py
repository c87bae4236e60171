"""What goes wrong between the streaming servers and the exporter. Nothing is lost by any of it."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from demo.edges import Edge
from demo.mishap import Mishap, Tell
from demo.outbox import Outbox

FIRST_AFTER = 20.0
PAUSE = (40.0, 120.0)
FAST = 10 * 60_000  # milliseconds; the exporter believes clocks that are less than 5 minutes ahead


@dataclass(frozen=True, slots=True)
class Line:
    """An edge and its way to the exporter."""

    edge: Edge
    outbox: Outbox


async def wrong_token(line: Line, tell: Tell) -> None:
    """A token is wrong, for one request."""
    tell(f"{line.edge.name} shows a wrong token once: its events are refused, and sent again")
    line.outbox.mistype_token()


async def lost_answer(line: Line, tell: Tell) -> None:
    """The exporter's answer does not arrive."""
    tell(f"an answer to {line.edge.name} is lost: it sends the same events again, and they count once")
    line.outbox.lose_answer()


async def wrong_clock(line: Line, tell: Tell) -> None:
    """A clock is off."""
    tell(f"the clock of {line.edge.name} is ten minutes fast for 20 s: the exporter puts the times right")
    line.edge.skew = FAST
    try:
        await asyncio.sleep(20)
    finally:
        line.edge.skew = 0


async def silence(line: Line, tell: Tell) -> None:
    """The line is cut."""
    tell(f"{line.edge.name} falls silent for 75 s; its events wait")
    await line.outbox.cut(75)
    tell(f"{line.edge.name} is heard again")


SCRIPT: tuple[Mishap[Line], ...] = (wrong_token, lost_answer, wrong_clock, silence)
QUICK = 3  # as many of them come quickly: they cost nothing, and show how the exporter takes them


def programme(dice: random.Random) -> Iterator[tuple[Mishap[Line], float]]:
    """Yield mishaps for ever, each with the pause after it: the script, then any of them."""
    for number, mishap in enumerate(SCRIPT):
        yield mishap, 5.0 if number < QUICK else dice.uniform(*PAUSE)
    while True:
        yield dice.choice(SCRIPT), dice.uniform(*PAUSE)


async def happen(lines: Sequence[Line], tell: Tell, dice: random.Random) -> None:
    """Let mishaps happen for ever, now here, now there."""
    await asyncio.sleep(FIRST_AFTER)
    for mishap, pause in programme(dice):
        await mishap(dice.choice(lines), tell)
        await asyncio.sleep(pause)
