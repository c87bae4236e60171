"""Something that happened: what everybody who sees or hears of it says, and what the event log keeps.

Whoever sees something (a poll that finds a source gone, an engine that reports a low buffer) makes an `Event` and hands
it to a `Tell`. What becomes of it, the store, the WebSocket and Loki, is the business of `exporter/events/`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from msgspec import Struct, field

from exporter.clock import milliseconds

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = get_args(Level)

WORDS: Mapping[str, Level] = {
    **{level: level for level in LEVELS},
    "trace": "debug", "notice": "info", "information": "info", "warn": "warning", "err": "error", "severe": "error",
    "crit": "critical", "fatal": "critical", "alert": "critical", "emerg": "critical", "emergency": "critical",
}  # fmt: skip
"""The words of the common logging libraries and of syslog, in small letters, and which level each means."""

Category = Literal["audio", "stream", "scheduler", "gateway", "scripting", "database", "system"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

Value = str | int | float | bool | None

LONGEST_NAME, LONGEST_SOURCE, LONGEST_MESSAGE, LONGEST_VALUE = 63, 100, 1000, 255
"""Characters that are kept: of a name (an event's, a deck's, an encoder's, a value's), of the source, of the message,
and of a value in the metadata."""

MOST_METADATA, LARGEST_METADATA = 32, 4096
"""Values, and bytes of JSON, that are kept of what somebody else tells."""


class Event(Struct, frozen=True, kw_only=True):
    """One thing that happened.

    Attributes:
        at: Unix time in milliseconds.
        level: how bad it is.
        category: what part of the station it is about.
        event: its name, in small letters with underscores.
        message: one sentence for people; no secret and no listener's address.
        source: who says so, as the log names it: `icecast/main`, `playout/studio-a`, `exporter`.
        deck: the deck it is about, if it is about one.
        song_id: the item of the playout's library.
        encoder_id: the encoder.
        metadata: whatever else there is to know, by name.
    """

    at: int
    level: Level
    category: Category
    event: str
    message: str
    source: str
    deck: str | None = None
    song_id: int | None = None
    encoder_id: str | None = None
    metadata: Mapping[str, Value] = field(default_factory=dict)


Tell = Callable[[Event], None]
"""Takes an event; returns at once and never raises."""


def silent(_: Event) -> None:
    """The `Tell` of whoever nobody listens to."""


KINDS: Mapping[str, tuple[Level, Category]] = {
    "stream_connected": ("info", "stream"),
    "stream_disconnected": ("error", "stream"),
    "stream_stalled": ("error", "stream"),
    "stream_resumed": ("info", "stream"),
    "mount_added": ("info", "stream"),
    "mount_removed": ("info", "stream"),
    "server_connected": ("info", "stream"),
    "server_disconnected": ("error", "stream"),
    "track_played": ("info", "audio"),
    "queue_empty": ("warning", "scheduler"),
    "request_received": ("info", "gateway"),
    "deck_buffer_low": ("warning", "audio"),
    "deck_underrun": ("error", "audio"),
    "encoder_started": ("info", "stream"),
    "encoder_stopped": ("error", "stream"),
    "playout_connected": ("info", "system"),
    "playout_silent": ("error", "system"),
    "mysql_connected": ("info", "database"),
    "mysql_disconnected": ("error", "database"),
    "sam_sync_error": ("warning", "database"),
    "config_reloaded": ("info", "system"),
    "exporter_started": ("info", "system"),
    "exporter_stopped": ("info", "system"),
    "recording_disk_low": ("error", "system"),
}
"""Every event that the exporter itself sees, with how bad it is and what it is about."""


def happened(event: str, message: str, *, source: str, at: int | None = None, **more: Any) -> Event:
    """One of the KINDS; now, unless `at` (Unix time in milliseconds) says when. `more` = other fields of an Event."""
    level, category = KINDS[event]
    moment = milliseconds() if at is None else at
    return Event(at=moment, level=level, category=category, event=event, message=message, source=source, **more)
