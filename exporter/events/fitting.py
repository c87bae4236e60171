"""Cuts an event to what the log keeps: texts of one line and of a bounded length, metadata of a bounded size. No I/O.

What the exporter itself sees holds foreign texts too, such as titles.
"""

import math
from collections.abc import Mapping

import msgspec
from msgspec import structs

from exporter.event import (
    LARGEST_METADATA,
    LONGEST_MESSAGE,
    LONGEST_NAME,
    LONGEST_SOURCE,
    LONGEST_VALUE,
    Event,
    Value,
)
from exporter.texts import one_line

LARGEST_NUMBER = 2**53
"""What lies beyond it no JSON reader has to understand as a number."""


def fitted(event: Event) -> Event:
    """The event as it is kept."""
    return structs.replace(
        event,
        event=one_line(event.event, LONGEST_NAME),
        message=one_line(event.message, LONGEST_MESSAGE),
        source=one_line(event.source, LONGEST_SOURCE),
        deck=event.deck and one_line(event.deck, LONGEST_NAME),
        encoder_id=event.encoder_id and one_line(event.encoder_id, LONGEST_NAME),
        metadata=_metadata(event.metadata),
    )


def _metadata(given: Mapping[str, Value]) -> dict[str, Value]:
    """As many of them, from the first on, as there is room for."""
    kept: dict[str, Value] = {}
    room = LARGEST_METADATA - len("{}")
    for name, value in given.items():
        shown = {one_line(name, LONGEST_NAME): _value(value)}
        room -= len(msgspec.json.encode(shown)) - len("{}") + len(",")
        if room < 0:
            break
        kept |= shown
    return kept


def _value(given: Value) -> Value:
    """A text of one line, or what JSON has a word for: it has none for what is no number or has no end."""
    if isinstance(given, str):
        return one_line(given, LONGEST_VALUE)
    if isinstance(given, float) and not math.isfinite(given):
        return None
    if isinstance(given, int) and abs(given) > LARGEST_NUMBER:
        return one_line(hex(given), LONGEST_VALUE)
    return given
