"""Play events of Flussonic Media Server, of its present form and of the one before.

An event sink posts an array of events (or one event) and waits for the answer; on any error it sends them again. The
present form has `utc_ms` and `started_at`; the one before wrote the event's `time` as ISO 8601 and no `started_at`.
Fields: the schema of events in Flussonic's own API, https://flussonic.com/doc/api/reference/. Only what is needed is
decoded: tokens, query strings and user names never become objects here.
"""

from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from exporter.audience.facts import Fact, Kind, Listener, fingerprint, session_key
from exporter.ingest import reading
from exporter.ingest.reading import Audience, Told, Unreadable
from exporter.ingest.reasons import folded

SENDER = "flussonic"

KINDS: dict[str, Kind] = {"play_started": "started", "play_updated": "updated", "play_closed": "closed"}
"""The events that tell of a listener. An opened session may be a probe or a zapper: it counts once it is started."""

Number = int | float | None


class Event(Struct, gc=False):
    """The fields that are looked at. Times in ms, but `time`, which is ISO 8601."""

    event: str
    id: str | int | None = None
    media: str | None = None
    server: str | None = None
    event_id: str | int | None = None
    utc_ms: Number = None
    time: str | int | float | None = None
    opened_at: Number = None
    started_at: Number = None
    updated_at: Number = None
    closed_at: Number = None
    bytes: Number = None
    ip: str | None = None
    country: str | None = None
    proto: str | None = None
    user_agent: str | None = None
    reason: str | None = None


class _Named(Struct, gc=False):
    event: str


_events = msgspec.json.Decoder(list[Event] | Event)
_raw = msgspec.json.Decoder(list[Raw])
_one = msgspec.json.Decoder(Event)
_name = msgspec.json.Decoder(_Named)


class Flussonic:
    """The decoder; it holds nothing."""

    sender = SENDER

    def read(self, body: bytes) -> list[Event]:
        """The events of a request; Unreadable if it holds none."""
        try:
            events = reading.from_json(_events, body)
        except msgspec.ValidationError as error:
            return _one_by_one(body, error)
        return events if isinstance(events, list) else [events]

    def told(self, events: list[Event], audience: Audience, now: int, first: int = 0) -> Told:
        """What these events tell at `now`."""
        telling = _Telling(audience, now)
        for index, event in enumerate(events, first):
            if kind := KINDS.get(event.event):
                telling.take(event, kind, index)
            else:
                telling.told.ignored += 1
        return telling.told


def _one_by_one(body: bytes, error: msgspec.ValidationError) -> list[Event]:
    """As `read`, when something has another type: that matters only in the events that tell of a listener."""
    begin = body.lstrip()[:1]
    if begin not in (b"[", b"{"):
        raise reading.misshapen(error) from error
    items = reading.from_json(_raw, body) if begin == b"[" else [body]
    return [_event(bytes(item), index) for index, item in enumerate(items)]


def _event(item: bytes, index: int) -> Event:
    try:
        name = reading.from_json(_name, item).event
        return reading.from_json(_one, item) if name in KINDS else Event(name)
    except msgspec.ValidationError as error:
        raise reading.misshapen(error, f"[{index}]") from error


class _Telling:
    """What the events of one request tell. The path of every event: nothing is done here that a fact can do without."""

    __slots__ = ("_audience", "_now", "told")

    def __init__(self, audience: Audience, now: int) -> None:
        self._audience, self._now = audience, now
        self.told = Told()

    def take(self, event: Event, kind: Kind, index: int) -> None:
        """One event that tells of a listener, unless it is too old."""
        if not event.id or not event.media:
            raise reading.missing(index, "media" if event.id else "id")
        at = self.told.moment(_when(event, kind, index), self._now)
        if at is not None:
            self.told.facts.append(self._fact(event, kind, at, index))

    def _fact(self, event: Event, kind: Kind, at: int, index: int) -> Fact:
        told, server = self.told, event.server or SENDER
        key = session_key(SENDER, server, 0, str(event.id))
        return Fact(
            SENDER,
            kind,
            key,
            at,
            _fingerprint(event, kind),
            at if kind == "started" else told.start(event.started_at, at),
            None,  # lasted: told by its beginning
            told.sent(event.bytes),
            folded(event.reason) if kind == "closed" else "",
            True,  # final
            None if self._audience.known(key) else self._listener(event, server, at, index),
            _begins(event, kind),
        )

    def _listener(self, event: Event, server: str, at: int, index: int) -> Listener:
        channel = reading.cleaned(event.media or "")
        if not channel:
            raise reading.missing(index, "media")
        return self._audience.listener(
            server=reading.cleaned(server) or SENDER,
            channel=channel,
            protocol=reading.protocol(event.proto),
            address=(event.ip or "")[: reading.LONGEST_ADDRESS],
            agent=(event.user_agent or "")[: reading.LONGEST_AGENT],
            at=at,
            country=reading.country(event.country),
        )


def _when(event: Event, kind: Kind, index: int) -> float:
    """When it was so, by the sender's clock: a closing is told late, and means the time it names."""
    if kind == "closed":
        said = event.closed_at or _own_time(event, index)
    elif kind == "updated":
        said = event.updated_at or _own_time(event, index)
    else:
        said = event.started_at or _own_time(event, index) or event.opened_at
    if not said:
        names = {"closed": "closed_at", "updated": "updated_at", "started": "started_at"}
        raise reading.missing(index, f"{names[kind]} (or utc_ms, or time)")
    return said


def _own_time(event: Event, index: int) -> float | None:
    if event.utc_ms or event.time is None:
        return event.utc_ms
    return as_milliseconds(event.time, f"[{index}].time")


def as_milliseconds(written: str | float, place: str) -> float:
    """A time in ISO 8601, or already in milliseconds; without a zone it is UTC. Unreadable names the place."""
    if not isinstance(written, str):
        return written
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise Unreadable("type", f"{place} is no time: write it in ISO 8601, such as 2026-11-21T10:00:00Z") from error
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return round(((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - epoch).total_seconds() * 1000)


def _fingerprint(event: Event, kind: Kind) -> int:
    """What tells this telling from the session's others."""
    if event.event_id:
        return fingerprint(event.event_id)
    times = (event.utc_ms, event.time, event.started_at, event.updated_at, event.closed_at)
    return fingerprint(kind, *times, event.bytes)


def _begins(event: Event, kind: Kind) -> bool:
    """Whether somebody listened: of a session that was opened and never started, the present form tells no start.

    The form before never tells it. There an update is proof enough, and a closing is not: a session that was only
    opened is closed as well, and one that was started has told so.
    """
    return kind == "started" or bool(event.started_at) or (kind == "updated" and event.utc_ms is None)
