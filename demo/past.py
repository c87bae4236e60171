"""A year of a playout that never was: what it played, who listened, and what they asked for.

Of the last week every item is there, of each day before two hours at other times: enough for every chart, in seconds.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from demo.day import audience_share
from demo.library import Item
from demo.wheel import HOUR, Wheel
from demo.wishes import REFUSALS, Wish, invent_caller

DAY = 86_400.0
DAYS, WHOLE_DAYS = 365, 7
BLOCK, BLOCKS = 3600.0, 2  # seconds, and how many on one of the days before the last week
SKIPPED, WISHED, UNMET = 0.03, 0.05, 0.06  # shares of songs that are cut short, were asked for; requests that fail
OVERLAID = 0.004
LONGEST_WAIT = 5400.0
FORGETTING = 0.6  # what one item leaves of the mood of the item before
UNDATED = (40, 41, 900)
"""Rows with a zero date, as a playout writes them when its computer has lost the time."""


@dataclass(frozen=True, slots=True)
class Play:
    """A row of the history. `started` in seconds of Unix time; None = a zero date."""

    item: Item
    started: float | None
    duration: int
    listeners: int
    request_id: int = 0
    overlay: bool = False


@dataclass(slots=True)
class Past:
    """Plays in their order, and requests in theirs; both are numbered from 1 on."""

    plays: list[Play] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)


def invent(items: Sequence[Item], now: float, zone: ZoneInfo, audience: int, dice: random.Random) -> Past:
    """Return a year that ends at `now`, with so many listeners at its best hour."""

    def usual(at: float) -> float:
        return audience * audience_share(datetime.fromtimestamp(at, zone))

    plays = [play for start, end in spans(now, dice) for play in _block(items, start, end, usual, dice)]
    plays = [replace(play, started=None) if number in UNDATED else play for number, play in enumerate(plays)]
    wishes = sorted(_wishes(plays, dice), key=lambda wish: wish[1].asked)
    numbers = {place: number for number, (place, _) in enumerate(wishes, start=1) if place is not None}
    plays = [replace(play, request_id=numbers[place]) if place in numbers else play for place, play in enumerate(plays)]
    return Past(plays, [wish for _, wish in wishes])


def spans(now: float, dice: random.Random) -> Iterator[tuple[float, float]]:
    """Yield from when to when there is a history, in order."""
    for day in range(DAYS, WHOLE_DAYS, -1):
        for part in range(BLOCKS):
            start = now - day * DAY + (part + dice.random() * 0.9) * DAY / BLOCKS
            yield start, start + BLOCK
    yield now - WHOLE_DAYS * DAY, now


def mood_after(mood: float, item: Item) -> float:
    """Return how many listen, beside the usual 1, when an item is over: it wins some or loses some."""
    return 1 + (mood * (1 + item.appeal) - 1) * FORGETTING


def _block(
    items: Sequence[Item], start: float, end: float, usual: Callable[[float], float], dice: random.Random
) -> Iterator[Play]:
    mood, at = 1.0, start
    effects = [item for item in items if item.songtype == "X"]
    for item in Wheel(items, dice).run(dice.randrange(len(HOUR))):
        aired = _aired(item, dice)
        if at + aired > end:
            return
        yield Play(item, at, item.duration, max(0, round(usual(at) * mood * dice.gauss(1, 0.03))))
        if item.songtype == "S" and dice.random() < OVERLAID:
            effect = dice.choice(effects)
            yield Play(effect, at + aired / 2, effect.duration, round(usual(at) * mood), overlay=True)
        mood, at = mood_after(mood, item), at + aired


def _aired(item: Item, dice: random.Random) -> float:
    if item.songtype == "S" and dice.random() < SKIPPED:
        return dice.uniform(4, 25)
    return item.duration / 1000


def _wishes(plays: Sequence[Play], dice: random.Random) -> Iterator[tuple[int | None, Wish]]:
    """Yield requests, each with the place of the play that came of it."""
    for place, play in enumerate(plays):
        if play.item.songtype != "S" or play.started is None:
            continue
        if dice.random() < WISHED:
            asked = play.started - dice.uniform(60, LONGEST_WAIT)
            yield place, Wish(play.item.song_id, asked, invent_caller(dice), 200, "played")
        if dice.random() < UNMET:
            yield None, _unmet(play.item, play.started, dice)


def _unmet(item: Item, asked: float, dice: random.Random) -> Wish:
    if dice.random() < 0.3:
        return Wish(item.song_id, asked, invent_caller(dice), 200, dice.choice(("ignored", "pending")))
    if dice.random() < 0.1:
        return Wish(item.song_id, asked, invent_caller(dice), 0, "new")
    return Wish(item.song_id, asked, invent_caller(dice), dice.choice(REFUSALS), "ignored")
