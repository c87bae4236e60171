"""Events for tests: one, or many at random."""

from random import Random
from typing import Any

from exporter.event import CATEGORIES, KINDS, LEVELS, Event

NOW = 1_795_000_000_000

MESSAGES = (
    "Häuser a1 sind laut", "The source of /live.mp3 has gone", "zzz of x", "nothing at all, it is with the who",
    "12e5 live1 007", "Ünicode ﬁne ＡＢＣ", "deck_underrun on A", "東京 ラジオ", "все достопримечательностях", "<b>&amp;\"it's\"</b>", "a'b% _c\\ (d) OR NOT *",
)  # fmt: skip


def event(at: int = NOW, **more: Any) -> Event:
    """One; what is not given is as usual."""
    usual: dict[str, Any] = {
        "level": "info", "category": "audio", "event": "track_played", "message": "A song.", "source": "icecast/main",
    }  # fmt: skip
    return Event(at=at, **usual | more)


def at_random(dice: Random, within: int) -> Event:
    """One within so many milliseconds before NOW."""
    return event(
        NOW - dice.randrange(within),
        level=dice.choice(LEVELS),
        category=dice.choice(CATEGORIES),
        event=dice.choice(list(KINDS)),
        message=f"{dice.choice(MESSAGES)} {dice.randrange(50)}",
        source=dice.choice(["icecast/main", "pushed/studio-a"]),
        deck=dice.choice([None, "A", "deck 2"]),
        song_id=dice.choice([None, 4711]),
        encoder_id=dice.choice([None, "mp3-high"]),
        metadata=dice.choice([{}, {"mount": "/live.mp3", "bitrate": 128, "ok": True, "none": None}]),
    )
