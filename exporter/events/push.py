"""One push to Loki: the document, who we are, and what its answer means. No I/O.

Format: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs. Each stream (job, level, category) is
a small one; the rest of an event is structured metadata, which costs Loki no stream.

Loki refuses what is more than an hour behind the newest entry of its stream, a week old, or ten minutes ahead. An event
that was already old when it was told (an engine that was away pushes what it had kept) is entered at the time when it
was told, and says in its metadata when it happened.
"""

import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any

import msgspec
from aiohttp import hdrs
from msgspec import Struct

from exporter.config.schema_events import Loki as LokiConfig
from exporter.errors import AuthRefused, BadStatus, PollError
from exporter.event import Event
from exporter.events.shown import clock

LATE, EARLY = 30 * 60_000, 5 * 60_000
"""Milliseconds behind and ahead of our clock, beyond which an event is entered at the time when it was told: well
within Loki's hour, and its ten minutes."""

LONGEST_WAIT = 300.0
"""Seconds for which Loki is let alone at most, whatever its `Retry-After` says."""

_MILLISECOND = 1_000_000
_NO_NAME = re.compile(r"[^a-zA-Z0-9_]")


class Refused(PollError):
    """Loki does not want what was pushed, however often it comes."""


class Busy(BadStatus):
    """Loki wants to be let alone for `seconds`."""

    def __init__(self, message: str, status: int, seconds: float) -> None:
        super().__init__(message, status)
        self.seconds = seconds


class Entry(Struct, frozen=True):
    """An event on its way, with its time in Loki: nanoseconds of Unix time, as text. `elsewhen`: it is not its own."""

    event: Event
    time: str
    elsewhen: bool


class Times:
    """Gives each event its time in Loki.

    No two that follow each other have the same: Loki takes entries of one time and one text for one entry, and keeps
    no order between those of one time. The time is given once, so that a push that is repeated is seen to be.
    """

    def __init__(self) -> None:
        self._last, self._number = 0, 0

    def entry(self, event: Event, now: int) -> Entry:
        """The event as told at `now`, in milliseconds."""
        elsewhen = not -EARLY <= now - event.at <= LATE
        at = now if elsewhen else event.at
        self._number = (self._number + 1) % _MILLISECOND if at == self._last else 0
        self._last = at
        return Entry(event, str(at * _MILLISECOND + self._number), elsewhen)


def document(batch: Iterable[Entry], labels: Mapping[str, str]) -> bytes:
    """The body of a push. A stream's entries come in the order of the batch."""
    streams: defaultdict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for entry in batch:
        event = entry.event
        streams[event.level, event.category].append([entry.time, event.message, dict(_metadata(entry))])
    return msgspec.json.encode(
        {
            "streams": [
                {"stream": {"job": "radio-exporter", **labels, "level": level, "category": category}, "values": entries}
                for (level, category), entries in streams.items()
            ]
        }
    )


def _metadata(entry: Entry) -> Iterator[tuple[str, str]]:
    """Names as Loki wants them, and texts. What the event says of itself is not overruled by its metadata."""
    event = entry.event
    own = {
        "event": event.event,
        "source": event.source,
        "deck": event.deck,
        "song_id": event.song_id,
        "encoder_id": event.encoder_id,
        "happened": clock(event, UTC) if entry.elsewhen else None,
    }
    given = {_name(name): value for name, value in event.metadata.items()}
    for name, value in {**given, **own}.items():
        if value is not None:
            yield name, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _name(name: str) -> str:
    plain = _NO_NAME.sub("_", name)
    return plain if plain[:1].isalpha() else f"_{plain}"


def headers(config: LokiConfig) -> dict[str, str]:
    """Of a push: who we are, and how the body is packed."""
    said: dict[str, str] = {hdrs.CONTENT_TYPE: "application/json", hdrs.CONTENT_ENCODING: "gzip"}
    if config.tenant:
        said["X-Scope-OrgID"] = config.tenant
    if config.token:
        said[hdrs.AUTHORIZATION] = f"Bearer {config.token.reveal()}"
    elif config.username:
        pair = f"{config.username}:{config.password.reveal() if config.password else ''}"
        said[hdrs.AUTHORIZATION] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return said


def check(status: int, retry_after: str | None) -> None:
    """Raise for an answer that does not mean that the push was taken."""
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise AuthRefused(f"Loki refuses us (HTTP {status}): check loki.username, loki.password or loki.token")
    if status in (400, 413, 422):
        message = f"Loki does not take what is pushed (HTTP {status}), and it is given up: its log says why"
        raise Refused(message)
    message = f"Loki answered HTTP {status}"
    if retry_after and retry_after.isascii() and retry_after.isdigit():
        raise Busy(message, status, min(float(retry_after[:6]), LONGEST_WAIT))
    raise BadStatus(message, status)
