"""What one Shoutcast DNAS said at one moment, read from either version's document.

v1, `/7.html`: a page whose body is `current,status,peak,max,unique,bitrate,title`; the title may hold commas.
v2, `/statistics?json=1`: totals and `streams`, absent with none; numbers come as numbers or as texts, in one document.
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.errors import ParseError

LARGEST_COUNT = 2**40


@dataclass(frozen=True, slots=True)
class StreamReading:
    """One stream. Bit rate in bytes per second, uptime in seconds; None = the server does not say."""

    stream: str
    up: bool
    listeners: int | None
    listener_peak: int | None
    max_listeners: int | None
    unique_listeners: int | None
    bitrate: float | None
    uptime: int | None
    connections: int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class ShoutcastReading:
    """One server with its streams. `warnings` = values that were clamped or unreadable."""

    streams: tuple[StreamReading, ...]
    warnings: int


class _Numbers:
    """Whole numbers out of numbers or texts; what is absurd becomes 0, what is unreadable None, both a warning."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields
        self.warnings = 0

    def __call__(self, name: str) -> int | None:
        written = self._fields.get(name)
        if written is None or written == "":
            return None
        if not re.fullmatch(r"\s*-?[0-9]{1,25}(\.[0-9]{0,25})?\s*", str(written), re.ASCII):
            self.warnings += 1
            return None
        value = int(str(written).strip().split(".")[0] or 0)
        if 0 <= value <= LARGEST_COUNT:
            return value
        self.warnings += 1
        return 0


def parse_v1(document: bytes) -> ShoutcastReading:
    """The reading of a `/7.html` page; its stream is called `1`."""
    text = document.decode("utf-8", errors="replace")
    body = re.search(r"<body[^>]{0,200}>([^<]*)", text, re.IGNORECASE)
    parts = (body.group(1) if body else "").strip().split(",", 6)
    if len(parts) != 7:
        raise ParseError("not Shoutcast's /7.html: seven values were expected")
    names = (
        "currentlisteners",
        "streamstatus",
        "peaklisteners",
        "maxlisteners",
        "uniquelisteners",
        "bitrate",
        "songtitle",
    )
    numbers = _Numbers(dict(zip(names, parts, strict=True)))
    if numbers("streamstatus") is None:
        raise ParseError("not Shoutcast's /7.html: its second value must be 0 or 1")
    return ShoutcastReading((_stream("1", numbers, parts[6]),), numbers.warnings)


def parse_v2(document: bytes) -> ShoutcastReading:
    """The reading of a `/statistics?json=1` document."""
    try:
        data = json.loads(document.decode("utf-8-sig", errors="replace"), strict=False, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise ParseError("the document is not JSON, but cut off, broken or a page") from error
    if not isinstance(data, dict) or not ({"totalstreams", "streams", "currentlisteners"} & data.keys()):
        raise ParseError("JSON, but not Shoutcast's statistics")
    streams = data.get("streams") or []
    if not isinstance(streams, list) or not all(isinstance(fields, dict) for fields in streams):
        raise ParseError("Shoutcast's statistics, but `streams` is no list of objects")
    readings, warnings = {}, 0
    for place, fields in enumerate(streams, start=1):
        numbers = _Numbers(fields)
        identity = numbers("id")
        reading = _stream(str(place if identity is None else identity), numbers, fields.get("songtitle"))
        readings[reading.stream] = reading
        warnings += numbers.warnings
    return ShoutcastReading(tuple(readings.values()), warnings)


def _stream(stream: str, number: _Numbers, title: object) -> StreamReading:
    bitrate = number("bitrate")
    return StreamReading(
        stream=stream,
        up=bool(number("streamstatus")),
        listeners=number("currentlisteners"),
        listener_peak=number("peaklisteners"),
        max_listeners=number("maxlisteners"),
        unique_listeners=number("uniquelisteners"),
        bitrate=bitrate * 1000 / 8 if bitrate else None,
        uptime=number("streamuptime"),
        connections=number("streamhits"),
        title=html.unescape(str(title)).encode("utf-8", "replace").decode() if title else None,
    )
