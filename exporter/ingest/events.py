"""Events that engines and scripts push: one JSON object, or an array of them.

The words for levels are those of the common logging libraries. An event without a time happens when it arrives.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from exporter.clock import AHEAD
from exporter.event import (
    CATEGORIES,
    LARGEST_METADATA,
    LEVELS,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_METADATA,
    WORDS,
    Category,
    Event,
    Level,
    Value,
)
from exporter.ingest import reading
from exporter.ingest.moment import moment
from exporter.ingest.reading import Unreadable
from exporter.texts import foreign_line, without_addresses

SENDER = "events"

MOST_EVENTS = 1000

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


class Pushed(Struct, frozen=True):
    """An event as it comes. `time` is ISO 8601 with a zone, or Unix time in seconds or milliseconds."""

    event: str
    message: str
    category: str
    level: str = "info"
    time: str | int | float | None = None
    source: str | None = None
    deck: str | int | None = None
    song_id: int | None = None
    encoder_id: str | int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class Heard(Struct):
    """What a request says: events, how many values were put right, how many were too old to be kept.

    `dated` = of each event whether its sender says when it was: then the same one again is the same one.
    """

    events: list[Event] = field(default_factory=list)
    dated: list[bool] = field(default_factory=list)
    clamped: int = 0
    stale: int = 0


_one = msgspec.json.Decoder(Pushed)
_many = msgspec.json.Decoder(list[Pushed])


def read(body: bytes) -> list[Pushed]:
    """The events of a request; Unreadable if it holds none."""
    several = body.lstrip()[:1] == b"["
    try:
        events = reading.from_json(_many, body) if several else [reading.from_json(_one, body)]
    except msgspec.ValidationError as error:
        raise reading.misshapen(error) from error
    if len(events) > MOST_EVENTS:
        raise Unreadable("type", f"at most {MOST_EVENTS} events are taken at once")
    return events


def heard(pushed: list[Pushed], now: int, oldest: int) -> Heard:
    """The events, as they are kept. In ms: `now`, and `oldest`, before which they would be removed at once."""
    found = Heard()
    for index, one in enumerate(pushed):
        at = _moment(one, index, found, now)
        if at < oldest:
            found.stale += 1
        else:
            found.events.append(_event(one, index, at, found))
            found.dated.append(one.time is not None)
    return found


def _event(one: Pushed, index: int, at: int, found: Heard) -> Event:
    message = foreign_line(one.message, LONGEST_MESSAGE)
    if not message:
        raise Unreadable("type", f"[{index}].message is empty")
    found.clamped += len(one.message) > LONGEST_MESSAGE
    return Event(
        at=at,
        level=level(one.level, index),
        category=_category(one.category, index),
        event=name(one.event, f"[{index}].event"),
        message=message,
        source=_source(one.source, index),
        deck=_text(one.deck),
        song_id=_song(one.song_id, index),
        encoder_id=_text(one.encoder_id),
        metadata=_metadata(one.metadata, index, found),
    )


def level(word: str, index: int) -> Level:
    """The level that a word means."""
    found = WORDS.get(word.lower())
    if found is None:
        raise Unreadable("type", f"[{index}].level must be one of {', '.join(LEVELS)}")
    return found


def _category(word: str, index: int) -> Category:
    found = next((category for category in CATEGORIES if category == word.lower()), None)
    if found is None:
        raise Unreadable("type", f"[{index}].category must be one of {', '.join(CATEGORIES)}")
    return found


def name(word: str, place: str) -> str:
    """The name of an event; Unreadable if it is none."""
    if not word or len(word) > LONGEST_NAME or not set(word) <= _PLAIN or not word[0].isalpha():
        message = "must be a name: small letters, digits and '_', beginning with a letter, such as song_started"
        raise Unreadable("type", f"{place} {message} ({LONGEST_NAME} characters at most)")
    return word


def _source(word: str | None, index: int) -> str:
    if word is None:
        return "pushed"
    if not word.isascii() or not word.isprintable() or not 0 < len(word) <= LONGEST_NAME or " " in word:
        raise Unreadable("type", f"[{index}].source must be a word of {LONGEST_NAME} characters at most")
    return f"pushed/{without_addresses(word)}"


def _text(given: str | int | None) -> str | None:
    return None if given is None else foreign_line(str(given), LONGEST_NAME) or None


def _song(number: int | None, index: int) -> int | None:
    if number is not None and not 0 <= number < 2**53:
        raise Unreadable("type", f"[{index}].song_id must be a whole number from 0 on")
    return number


def _metadata(given: Mapping[str, Any], index: int, found: Heard) -> dict[str, Value]:
    """As it is kept; a text that is too long is cut."""
    if len(given) > MOST_METADATA:
        raise Unreadable("type", f"[{index}].metadata may hold {MOST_METADATA} values")
    for key, value in given.items():
        if not isinstance(value, str | int | float | bool | None):
            raise Unreadable(
                "type", f"[{index}].metadata may hold texts, numbers, true, false and null: no lists, no objects"
            )
        if isinstance(value, int) and abs(value) >= 2**53:
            raise Unreadable("type", f"[{index}].metadata holds a number that is too large")
        if not key or len(key) > LONGEST_NAME or not key.isprintable():
            raise Unreadable("type", f"[{index}].metadata has a name that is empty or too long")
    found.clamped += sum(isinstance(value, str) and len(value) > LONGEST_VALUE for value in given.values())
    kept = {
        foreign_line(key, LONGEST_NAME): foreign_line(value, LONGEST_VALUE) if isinstance(value, str) else value
        for key, value in given.items()
    }
    if len(msgspec.json.encode(kept)) > LARGEST_METADATA:
        raise Unreadable("type", f"[{index}].metadata is too large: {LARGEST_METADATA} bytes at most")
    return kept


def _moment(one: Pushed, index: int, found: Heard, now: int) -> int:
    """When it happened; what is ahead of our clock happened now."""
    if one.time is None:
        return now
    at = moment(one.time, f"[{index}].time")
    if at <= now + AHEAD:
        return at
    found.clamped += 1
    return now
