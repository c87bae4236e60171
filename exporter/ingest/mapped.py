"""Play events of senders that the configuration describes: which field holds what. Experimental."""

from typing import Any

import msgspec

from exporter.audience.facts import Fact, Kind, Listener, fingerprint, session_key
from exporter.config.schema import Mapping
from exporter.ingest import reading
from exporter.ingest.flussonic import as_milliseconds
from exporter.ingest.reading import Audience, Told, Unreadable
from exporter.ingest.reasons import folded

_anything = msgspec.json.Decoder()


class Mapped:
    """The decoder of one mapping; its name is the label `sender`."""

    def __init__(self, mapping: Mapping) -> None:
        self.sender = mapping.name
        self._mapping = mapping
        events = mapping.events
        named: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("started", events.started),
            ("updated", events.updated),
            ("closed", events.closed),
        )
        self._kinds = {name: kind for kind, names in named for name in names}

    def read(self, body: bytes) -> list[Any]:
        """The events of a request; Unreadable if it holds none."""
        try:
            whole = reading.from_json(_anything, body)
        except msgspec.ValidationError as error:  # a number beyond all floating point numbers
            raise reading.misshapen(error) from error
        if not isinstance(whole, list | dict):
            raise Unreadable("type", "the body must be an object or a list of objects")
        return whole if isinstance(whole, list) else [whole]

    def told(self, events: list[Any], audience: Audience, now: int, first: int = 0) -> Told:
        """What these events tell at `now`."""
        told = Told()
        for index, event in enumerate(events, first):
            fields = _Fields(event, index)
            kind = self._kinds.get(fields.needed(self._mapping.event))
            if kind is None:
                told.ignored += 1
            elif fact := self._fact(fields, kind, told, audience, now):
                told.facts.append(fact)
        return told

    def _fact(self, fields: "_Fields", kind: Kind, told: Told, audience: Audience, now: int) -> Fact | None:
        mapping = self._mapping
        name, said = fields.needed(mapping.id), self._time(fields, mapping.time)
        if said is None:
            raise reading.missing(fields.index, mapping.time)
        fields.needed(mapping.channel)
        at = told.moment(said, now)
        if at is None:
            return None
        began = self._time(fields, mapping.started_at)
        key = session_key(self.sender, fields.text(mapping.server), 0, name)
        return Fact(
            sender=self.sender,
            kind=kind,
            key=key,
            at=at,
            event=self._fingerprint(fields, kind, said),
            started=told.start(began, at) if began or kind != "started" else at,
            sent=told.sent(fields.number(mapping.bytes)),
            reason=folded(fields.text(mapping.reason)) if kind == "closed" else "",
            listener=None if audience.known(key) else self._listener(fields, audience, at),
            begins=kind != "closed" or bool(began),
        )

    def _time(self, fields: "_Fields", path: str | None) -> float | None:
        """A time in milliseconds; None if it is not there."""
        if self._mapping.time_unit == "iso8601":
            written = fields.text(path)
            return as_milliseconds(written, fields.place(path)) if written else None
        said = fields.number(path)
        return said * 1000 if said and self._mapping.time_unit == "s" else said or None

    def _fingerprint(self, fields: "_Fields", kind: Kind, said: float) -> int:
        if own := fields.text(self._mapping.event_id):
            return fingerprint(own)
        return fingerprint(kind, said, fields.number(self._mapping.bytes))

    def _listener(self, fields: "_Fields", audience: Audience, at: int) -> Listener:
        mapping = self._mapping
        channel = reading.cleaned(fields.needed(mapping.channel))
        if not channel:
            raise reading.missing(fields.index, mapping.channel)
        return audience.listener(
            server=reading.cleaned(fields.text(mapping.server)) or self.sender,
            channel=channel,
            protocol=reading.protocol(fields.text(mapping.protocol)),
            address=fields.text(mapping.address)[: reading.LONGEST_ADDRESS],
            agent=fields.text(mapping.agent)[: reading.LONGEST_AGENT],
            at=at,
            country=reading.country(fields.text(mapping.country)),
        )


class _Fields:
    """The fields of one event, by paths such as `data.type`."""

    __slots__ = ("_event", "index")

    def __init__(self, event: Any, index: int) -> None:
        if not isinstance(event, dict):
            raise Unreadable("type", f"[{index}] must be an object")
        self._event = event
        self.index = index

    def place(self, path: str | None) -> str:
        """A field as an error names it."""
        return f"[{self.index}].{path}"

    def text(self, path: str | None) -> str:
        """A text, or a number as one; empty if it is not there."""
        value = self._at(path)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value) if isinstance(value, str) or abs(value) < 1e300 else ""
        if value is None:
            return ""
        raise Unreadable("type", f"{self.place(path)} must be a text")

    def needed(self, path: str) -> str:
        """As `text`; Unreadable if it is not there."""
        if text := self.text(path):
            return text
        raise reading.missing(self.index, path)

    def number(self, path: str | None) -> float | None:
        """A number, also one in quotes; None if it is not there."""
        value = self._at(path)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and (found := reading.number(value)) is not None:
            return found
        raise Unreadable("type", f"{self.place(path)} must be a number")

    def _at(self, path: str | None) -> Any:
        value: Any = self._event if path else None
        for step in (path or "").split("."):
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value
