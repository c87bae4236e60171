"""The playout computer's clock: from what it wrote, without a zone, to Unix time and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_unix(played: datetime, zone: ZoneInfo, not_before: int | None) -> int:
    """Milliseconds of Unix time of a local time, which must not lie before `not_before` if it can be read otherwise.

    An hour that comes twice (autumn) is read as its first coming, unless that is before `not_before`: then as its
    second. A time that never was (spring) is read by the offset before the change.
    """
    first = _milliseconds(played.replace(tzinfo=zone, fold=0))
    if not_before is None or first >= not_before:
        return first
    second = _milliseconds(played.replace(tzinfo=zone, fold=1))
    return max(first, second)


def to_local(moment: int, zone: ZoneInfo) -> datetime:
    """What the clock shows, without a zone, at a moment in milliseconds of Unix time."""
    return (_EPOCH + moment * _MILLISECOND).astimezone(zone).replace(tzinfo=None, fold=0)


def written(value: object) -> datetime | None:
    """The time in a column; None for a zero date and for anything else that is no time."""
    return value if isinstance(value, datetime) else None


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
