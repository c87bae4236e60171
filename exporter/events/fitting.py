"""Cuts an event to what the log keeps: texts of one line and of a bounded length, metadata of a bounded size. No I/O.

What the exporter itself sees holds foreign texts too, such as titles.
"""

import json
from collections.abc import Mapping

from msgspec import structs

from exporter.event import Event, Value
from exporter.store.events import LONGEST, MOST_METADATA
from exporter.texts import one_line

LONGEST_VALUE = 255
"""Characters of a text in the metadata."""

LARGEST_NUMBER = 2**53
"""What lies beyond it no JSON reader has to understand."""


def fitted(event: Event) -> Event:
    """The event as it is kept."""
    return structs.replace(
        event,
        message=one_line(event.message, LONGEST["message"]),
        source=one_line(event.source, LONGEST["source"]),
        deck=event.deck and one_line(event.deck, LONGEST["deck"]),
        encoder_id=event.encoder_id and one_line(event.encoder_id, LONGEST["encoder_id"]),
        metadata=_metadata(event.metadata),
    )


def _metadata(given: Mapping[str, Value]) -> dict[str, Value]:
    """As many of them, from the first on, as there is room for."""
    kept: dict[str, Value] = {}
    room = MOST_METADATA
    for name, value in given.items():
        shown = one_line(value, LONGEST_VALUE) if isinstance(value, str) else value
        room -= len(json.dumps({name: shown}, ensure_ascii=False))
        if room < 0:
            break
        kept[name] = shown
    return kept
