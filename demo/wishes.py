"""What listeners ask for, and what the playout answers."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from demo.library import Item

ACCEPTED, UNDECIDED = 200, 0
SONG_PLAYED, ARTIST_PLAYED, SONG_QUEUED, ARTIST_QUEUED, SONG_WISHED, ARTIST_WISHED = 601, 602, 603, 604, 605, 606
TRACK_PLAYED, WEB_SCRIPT = 609, 804
REFUSALS = (
    SONG_PLAYED, ARTIST_PLAYED, SONG_QUEUED, ARTIST_QUEUED, SONG_WISHED, ARTIST_WISHED, TRACK_PLAYED, WEB_SCRIPT, 799,
)  # fmt: skip
"""Every code that SAM refuses with; the last is one that nobody has heard of."""

SCRIPT_FAILS = 0.04
RECENT = 3
"""So many songs ago counts as just now."""

NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
NAMES = ("Ida", "Jonas", "Ines", "Рита", "M. Quill", "")
WORDS = ("", "for my sister", "greetings from the night shift", "louder!", "danke ♥")

Status = Literal["played", "ignored", "pending", "new"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks: their address, name and message."""

    host: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A row of the requests. `asked` in seconds of Unix time."""

    song_id: int
    asked: float
    caller: Caller
    code: int
    status: Status


@dataclass(frozen=True, slots=True)
class OnAir:
    """What the playout looks at: songs played lately (newest last), songs queued, and those queued as requests."""

    played: Sequence[Item]
    queued: Collection[Item]
    wished: Collection[Item]


def invent_caller(dice: random.Random) -> Caller:
    """Return one of some hundred people; a few of them ask again and again."""
    number = 1 + int(110 * dice.random() ** 2)
    return Caller(f"{NETWORKS[number % 3]}{number}", NAMES[number % len(NAMES)], dice.choice(WORDS))


def answer(song: Item, on_air: OnAir, dice: random.Random) -> int:
    """Return the code that a request for `song` gets."""
    if dice.random() < SCRIPT_FAILS:
        return WEB_SCRIPT
    just_now = on_air.played[-RECENT:]
    rules = (
        (SONG_WISHED, song in on_air.wished),
        (ARTIST_WISHED, _by(song, on_air.wished)),
        (SONG_QUEUED, song in on_air.queued),
        (ARTIST_QUEUED, _by(song, on_air.queued)),
        (TRACK_PLAYED, song in just_now),
        (SONG_PLAYED, song in on_air.played),
        (ARTIST_PLAYED, _by(song, just_now)),
    )
    return next((code for code, broken in rules if broken), ACCEPTED)


def _by(song: Item, songs: Collection[Item]) -> bool:
    return bool(song.artist) and any(song.artist == one.artist for one in songs)
