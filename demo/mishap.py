"""What a mishap is, and how they happen: one after the other, with a pause between."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

Tell = Callable[[str], None]
"""Takes a line for the person at the keyboard."""

Mishap = Callable[[T, Tell], Awaitable[None]]
"""Lasts as long as it lasts, and puts right what it did. `T` = what it can lay hands on."""


async def happen(
    programme: Iterable[Mishap[T]],
    stage: T,
    tell: Tell,
    dice: random.Random,
    *,
    after: float,
    pause: tuple[float, float],
) -> None:
    """Let them happen, the first after so many seconds; the pause is drawn anew each time."""
    await asyncio.sleep(after)
    for mishap in programme:
        await mishap(stage, tell)
        await asyncio.sleep(dice.uniform(*pause))
