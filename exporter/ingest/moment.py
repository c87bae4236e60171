"""When something was so, as our own forms write it: ISO 8601 with a zone, or Unix time in seconds or milliseconds."""

from datetime import datetime

from exporter.ingest.reading import Unreadable

# A number below that is seconds: as milliseconds it would be a day of 1973, as seconds it is one of the year 5138.
_SECONDS_BELOW = 100_000_000_000


def moment(written: str | float, place: str) -> int:
    """Unix time in milliseconds; Unreadable, which names the place. Without a zone a time could be any of 38 hours."""
    if isinstance(written, str):
        return _iso(written, place)
    if not 0 <= written < _SECONDS_BELOW * 1000:
        raise _none(place)
    return round(written * 1000) if written < _SECONDS_BELOW else round(written)


def _iso(written: str, place: str) -> int:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise _none(place) from error
    if at.tzinfo is None:
        raise _none(place)
    return round(at.timestamp() * 1000)


def _none(place: str) -> Unreadable:
    allowed = "ISO 8601 with a zone (2026-03-29T06:00:00+02:00), or Unix time in seconds or milliseconds"
    return Unreadable("type", f"{place} must be {allowed}")
