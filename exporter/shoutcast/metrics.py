"""Families of Shoutcast: a reading as sample lines. No I/O."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

from exporter.page import Block, Family, labels, sample
from exporter.shoutcast.reading import ShoutcastReading, StreamReading

_LABELS = ("server", "stream")

PARSE_WARNINGS = Family(
    "shoutcast_parse_warnings_total",
    "counter",
    "Values in the server's answers that were clamped or unreadable.",
    ("server",),
)
STREAM_UP = Family(
    "shoutcast_stream_up",
    "gauge",
    "1 if a source streams (streamstatus); 0 if not, or if expected or remembered.",
    _LABELS,
)


@dataclass(frozen=True, slots=True)
class StreamFamily:
    """A family with one value per stream."""

    family: Family
    value: Callable[[StreamReading], float | None]


def _gauge(name: str, attribute: str, text: str) -> StreamFamily:
    return StreamFamily(Family(f"shoutcast_stream_{name}", "gauge", text, _LABELS), attrgetter(attribute))


STREAMS: tuple[StreamFamily, ...] = (
    _gauge("listeners", "listeners", "Listeners now (currentlisteners)."),
    _gauge("listener_peak", "listener_peak", "Most listeners at one time (peaklisteners)."),
    _gauge("max_listeners", "max_listeners", "Most listeners admitted (maxlisteners)."),
    _gauge("unique_listeners", "unique_listeners", "Listeners with different addresses (uniquelisteners)."),
    _gauge("bitrate_bytes_per_second", "bitrate", "Declared bit rate in bytes per second (bitrate, kbit/s)."),
    _gauge("uptime_seconds", "uptime", "How long the source has been connected (streamuptime; v2)."),
    StreamFamily(
        Family("shoutcast_stream_connections_total", "counter", "Connections of listeners (streamhits; v2).", _LABELS),
        attrgetter("connections"),
    ),
)

FAMILIES: tuple[Family, ...] = (PARSE_WARNINGS, STREAM_UP, *(stream.family for stream in STREAMS))


def render(server: str, reading: ShoutcastReading, *, missing: Iterable[str], warnings: int) -> Block:
    """The block of a reading. `missing` = streams it does not list but that are still said to be down."""
    pairs = [(stream, labels(server=server, stream=stream.stream)) for stream in reading.streams]
    block = {
        family.family.name: "".join(
            sample(family.family, label_set, value)
            for stream, label_set in pairs
            if (value := family.value(stream)) is not None
        )
        for family in STREAMS
    }
    up = "".join(sample(STREAM_UP, label_set, int(stream.up)) for stream, label_set in pairs)
    block[STREAM_UP.name] = up + _down(server, missing)
    block[PARSE_WARNINGS.name] = sample(PARSE_WARNINGS, labels(server=server), warnings)
    return {name: lines for name, lines in block.items() if lines}


def without_reading(server: str, known: Iterable[str], warnings: int) -> Block:
    """The block while the server cannot be read: every known stream is down."""
    block = {STREAM_UP.name: _down(server, known)} if known else {}
    return {**block, PARSE_WARNINGS.name: sample(PARSE_WARNINGS, labels(server=server), warnings)}


def _down(server: str, streams: Iterable[str]) -> str:
    return "".join(sample(STREAM_UP, labels(server=server, stream=stream), 0) for stream in streams)
