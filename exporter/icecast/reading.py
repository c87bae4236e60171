"""What one Icecast said at one moment, made from the raw fields of any of its documents.

The documents (XML of `/admin/stats`, the JSON kinds) differ in dress only: each is first read into
`Fields`, flat texts by lower-case name, and the `Interpreter` gives these their meaning. Field names are Icecast's own;
see https://icecast.org/docs/icecast-2.4.1/server-stats.html and, for KH, the source of karlheyes/icecast-kh.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from exporter.errors import ParseError
from exporter.icecast.times import unix_time
from exporter.icecast.values import Values

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MountReading:
    """One mount. Rates in bytes per second, times as Unix time; None = the server does not say."""

    mount: str
    live: bool
    relay: bool | None
    listeners: int | None
    listener_peak: int | None
    max_listeners: float | None
    slow_listeners: int | None
    received_bytes: int | None
    sent_bytes: int | None
    bitrate: float | None
    sample_rate: int | None
    channels: int | None
    stream_start: float | None
    metadata_updated: float | None
    queue_bytes: int | None
    name: str
    genre: str
    content_type: str
    title: str | None


@dataclass(frozen=True, slots=True)
class IcecastReading:
    """One server with its mounts in the server's order. `warnings` = values that were clamped or unreadable."""

    version: str
    host: str
    location: str
    server_start: float | None
    counts: Mapping[str, int]
    mounts: tuple[MountReading, ...]
    warnings: int


COUNTS = (
    "clients",
    "listeners",
    "sources",
    "client_connections",
    "connections",
    "listener_connections",
    "source_client_connections",
    "source_relay_connections",
    "file_connections",
    "banned_ips",
)
"""The server's whole numbers that are kept, by field name."""


class Interpreter:
    """Gives raw fields their meaning, mount by mount as a parser comes across them."""

    def __init__(self) -> None:
        self._values = Values()
        self._mounts: dict[str, MountReading] = {}

    def mount(self, mount: str, fields: Fields) -> None:
        """Take the fields of one mount; of two with one name the later counts, one without a name does not."""
        if not mount:
            self._values.warnings += 1
            return
        self._mounts[mount] = _mount(self._values, mount, fields)

    def reading(self, server: Fields) -> IcecastReading:
        """The reading, once all mounts were taken.

        Raises:
            ParseError: no field of the server is there, so this is not a statistics document.
        """
        if not server:
            raise ParseError("the document holds no Icecast statistics")
        counts = {name: self._values.count(server, name) for name in COUNTS}
        return IcecastReading(
            version=server.get("server_id", "").removeprefix("Icecast "),
            host=server.get("host", ""),
            location=text(server, "location"),
            server_start=_first_time(self._values, server, "server_start"),
            counts={name: count for name, count in counts.items() if count is not None},
            mounts=tuple(self._mounts.values()),
            warnings=self._values.warnings,
        )


def _mount(values: Values, mount: str, fields: Fields) -> MountReading:
    live = bool(fields.get("stream_start_iso8601") or fields.get("stream_start"))
    audio = _audio_info(fields)
    return MountReading(
        mount=mount,
        live=live,
        relay=_relay(fields, live=live),
        listeners=values.count(fields, "listeners"),
        listener_peak=values.count(fields, "listener_peak"),
        max_listeners=_max_listeners(values, fields),
        slow_listeners=values.count(fields, "slow_listeners"),
        received_bytes=values.byte_count(fields, "total_bytes_read"),
        sent_bytes=values.byte_count(fields, "total_bytes_sent"),
        bitrate=_bitrate(values, fields, audio),
        sample_rate=values.first_count(audio, "audio_samplerate", "samplerate", "mpeg_samplerate"),
        channels=values.first_count(audio, "audio_channels", "channels", "mpeg_channels"),
        stream_start=_first_time(values, fields, "stream_start"),
        metadata_updated=_first_time(values, fields, "metadata_updated"),
        queue_bytes=values.byte_count(fields, "queue_size"),
        name=text(fields, "server_name"),
        genre=text(fields, "genre"),
        content_type=fields.get("server_type") or fields.get("content-type", ""),
        title=_title(fields),
    )


def text(fields: Fields, name: str) -> str:
    """A text field. Letters outside Latin-1 arrive from MP3 sources as HTML entities, one escaping too many."""
    value = fields.get(name, "")
    return html.unescape(value) if "&" in value else value


def _relay(fields: Fields, *, live: bool) -> bool | None:
    """Whether the mount is fetched from another server; None where the document does not tell.

    A source client sends its `user_agent`; a live relay has none. An idle on-demand relay has a `listener_peak` but no
    stream start, which tells it from the ghost of a mount whose source is gone. Public documents never hold a
    `user_agent`; that they hold no bytes either is how they are recognised.
    """
    if live:
        return "user_agent" not in fields if "total_bytes_read" in fields else None
    return "listener_peak" in fields or None


def _max_listeners(values: Values, fields: Fields) -> float | None:
    if fields.get("max_listeners") in ("unlimited", "-1"):
        return inf
    return values.count(fields, "max_listeners")


def _title(fields: Fields) -> str | None:
    parts = [text(fields, name) for name in ("artist", "title") if fields.get(name)]
    return " - ".join(parts) or text(fields, "display-title") or None


def _first_time(values: Values, fields: Fields, name: str) -> float | None:
    """A time: its ISO form where there is one, else the older one."""
    written = [fields[form] for form in (f"{name}_iso8601", name) if fields.get(form)]
    moment = next((moment for text in written if (moment := unix_time(text)) is not None), None)
    values.warnings += bool(written) and moment is None
    return moment


def _audio_info(fields: Fields) -> Fields:
    """The fields, and those packed into `audio_info` (`ice-bitrate=128;channels=2`) under their plain names."""
    unpacked = dict(pair.split("=", 1) for pair in fields.get("audio_info", "").split(";") if "=" in pair)
    plain = {name.strip().lower().removeprefix("ice-"): value for name, value in {**unpacked, **fields}.items()}
    return {**plain, **fields}


KBIT_OR_BIT = 8000
"""Declared bit rates are kbit/s; some source clients send bit/s. No stream has 8,000 kbit/s, nor 8,000 bit/s."""


def _bitrate(values: Values, fields: Fields, audio: Fields) -> float | None:
    """The nominal rate in bytes per second: Ogg's (bit/s), else a declared one (kbit/s), else KH's measured one."""
    if (bits := values.measured(fields, "audio_bitrate")) is not None:
        return bits / 8
    if declared := values.measured(audio, "bitrate"):
        return declared * (1000 if declared < KBIT_OR_BIT else 1) / 8
    if bits := values.measured(fields, "incoming_bitrate"):
        return bits / 8
    return None
