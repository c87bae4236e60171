"""An event as people and programs read it: in the API, over the WebSocket, on standard output."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from msgspec import Struct

from exporter.event import Category, Event, Level, Value
from exporter.store.events import Kept


class EventRow(Struct, frozen=True):
    """One event. `id` grows with time; `time` is ISO 8601 to the millisecond, in the station's zone."""

    id: int
    time: str
    level: Level
    category: Category
    event: str
    message: str
    source: str
    deck: str | None
    song_id: int | None
    encoder_id: str | None
    metadata: Mapping[str, Value]


def shown(kept: Kept, zone: tzinfo) -> EventRow:
    """The event by the station's clock."""
    one = kept.event
    return EventRow(
        kept.id, clock(one, zone), one.level, one.category, one.event, one.message, one.source, one.deck, one.song_id,
        one.encoder_id, one.metadata,
    )  # fmt: skip


def clock(event: Event, zone: tzinfo) -> str:
    """When it happened."""
    moment = datetime.fromtimestamp(event.at // 1000, UTC).replace(microsecond=event.at % 1000 * 1000)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")
