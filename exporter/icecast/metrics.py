"""Families of Icecast: a reading, and what is remembered beside it, as sample lines. No I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

from exporter.icecast.audience import MountAudience
from exporter.icecast.reading import IcecastReading, MountReading
from exporter.icecast.tracks import Tracks
from exporter.page import Block, Family, labels, number, sample

LONGEST_LABEL = 200
"""Characters of what a server or a source says of itself in a label."""

_server = partial(Family, labels=("server",))
_mount = partial(Family, labels=("server", "mount"))

SERVER_INFO = Family(
    "icecast_server_info",
    "gauge",
    "Always 1; the server's version, host and location are labels.",
    ("server", "version", "host", "location"),
)
SERVER_START = _server("icecast_server_start_timestamp_seconds", "gauge", "When the server started, as Unix time.")
PARSE_WARNINGS = _server(
    "icecast_parse_warnings_total", "counter", "Values in the server's answers that were clamped or unreadable."
)

COUNTS: dict[str, Family] = {
    "clients": _server("icecast_clients", "gauge", "Connected clients: listeners, sources and readers of pages."),
    "listeners": _server("icecast_listeners", "gauge", "Listeners of all mounts, relaying servers included."),
    "sources": _server("icecast_sources", "gauge", "Connected sources, relays included."),
    "client_connections": _server(
        "icecast_client_connections_total", "counter", "Connections that sent a request (client_connections)."
    ),
    "connections": _server("icecast_connections_total", "counter", "Connections of every kind (connections)."),
    "listener_connections": _server(
        "icecast_listener_connections_total", "counter", "Connections of listeners (listener_connections)."
    ),
    "source_client_connections": _server(
        "icecast_source_client_connections_total", "counter", "Connections of source clients."
    ),
    "source_relay_connections": _server(
        "icecast_source_relay_connections_total", "counter", "Outgoing connections that relay another server's mount."
    ),
    "file_connections": _server(
        "icecast_file_connections_total", "counter", "Requests for static files (file_connections)."
    ),
    "banned_ips": _server("icecast_banned_ips", "gauge", "Addresses banned at the moment (Icecast-KH: banned_IPs)."),
}

MOUNT_UP = _mount(
    "icecast_mount_up",
    "gauge",
    "1 if a source streams to the mount (it has a stream start); 0 if it is expected, remembered or idle.",
)
MOUNT_INFO = Family(
    "icecast_mount_info",
    "gauge",
    "Always 1; what the source says of the stream are labels.",
    ("server", "mount", "name", "genre", "content_type"),
)


@dataclass(frozen=True, slots=True)
class MountFamily:
    """A family with one value per mount. `live` = only a mount that is live has it."""

    family: Family
    value: Callable[[MountReading], float | None]
    live: bool = True


def _gauge(name: str, attribute: str, text: str, *, live: bool = True) -> MountFamily:
    return MountFamily(_mount(f"icecast_mount_{name}", "gauge", text), attrgetter(attribute), live)


def _counter(name: str, attribute: str, text: str) -> MountFamily:
    return MountFamily(_mount(f"icecast_mount_{name}", "counter", text), attrgetter(attribute))


MOUNTS: tuple[MountFamily, ...] = (
    MountFamily(
        _mount(
            "icecast_mount_relay", "gauge", "1 if the mount is fetched from another server, 0 if a source feeds it."
        ),
        lambda mount: None if mount.relay is None else int(mount.relay),
        live=False,
    ),
    _gauge("listeners", "listeners", "Listeners of the mount, relaying servers included.", live=False),
    _gauge("listener_peak", "listener_peak", "Most listeners at one time since the source connected.", live=False),
    _gauge("max_listeners", "max_listeners", "Most listeners the mount admits; +Inf = unlimited.", live=False),
    _counter("slow_listeners_total", "slow_listeners", "Listeners dropped for being too slow (slow_listeners)."),
    _counter("received_bytes_total", "received_bytes", "Bytes from the source; moves every 5 s (total_bytes_read)."),
    _counter("sent_bytes_total", "sent_bytes", "Bytes to listeners; moves every 5 s (total_bytes_sent)."),
    _gauge(
        "bitrate_bytes_per_second",
        "bitrate",
        "Declared bit rate in bytes per second (audio_bitrate, bitrate or audio_info; else KH's incoming_bitrate).",
    ),
    _gauge(
        "sample_rate_hertz", "sample_rate", "Declared sample rate (audio_samplerate, ice-samplerate or audio_info)."
    ),
    _gauge("channels", "channels", "Declared audio channels (audio_channels, ice-channels or audio_info)."),
    _gauge(
        "stream_start_timestamp_seconds",
        "stream_start",
        "When the source connected, as Unix time: a change is a reconnect.",
    ),
    _gauge("queue_bytes", "queue_bytes", "Bytes in the mount's queue (Icecast-KH: queue_size)."),
)

TRACK_CHANGES = _mount(
    "icecast_mount_track_changes_total", "counter", "Changes of title, counted by the exporter from poll to poll."
)
METADATA_UPDATED = _mount(
    "icecast_mount_metadata_updated_timestamp_seconds",
    "gauge",
    "When the title last changed, as Unix time: as KH says, else as the exporter saw it.",
)
RELAY_LISTENERS = _mount(
    "icecast_mount_relay_listeners",
    "gauge",
    "Those of the mount's listeners that are servers relaying it, not people (agents that begin with 'Icecast ').",
)
PROBE_LISTENERS = _mount(
    "icecast_mount_probe_listeners",
    "gauge",
    "Those of the mount's listeners that are listening probes (agents that begin with 'radio-exporter-probe/').",
)
LISTENER_LAG = _mount(
    "icecast_mount_listener_lag_bytes", "gauge", "How far the slowest listener is behind the source (Icecast-KH: lag)."
)

FAMILIES: tuple[Family, ...] = (
    SERVER_INFO,
    SERVER_START,
    *COUNTS.values(),
    PARSE_WARNINGS,
    MOUNT_UP,
    MOUNT_INFO,
    *(mount.family for mount in MOUNTS),
    TRACK_CHANGES,
    METADATA_UPDATED,
    RELAY_LISTENERS,
    PROBE_LISTENERS,
    LISTENER_LAG,
)


def render(
    server: str,
    reading: IcecastReading,
    *,
    missing: Iterable[str],
    tracks: Tracks,
    audiences: Mapping[str, MountAudience],
    warnings: int,
) -> Block:
    """The block of a reading. `missing` = mounts it does not list but that are still said to be down."""
    block = dict(_server_block(server, reading, warnings))
    label_sets = [labels(server=server, mount=mount.mount) for mount in reading.mounts]
    pairs = list(zip(reading.mounts, label_sets, strict=True))
    block[MOUNT_UP.name] = "".join(sample(MOUNT_UP, label_set, int(mount.live)) for mount, label_set in pairs)
    block[MOUNT_UP.name] += down(server, missing)
    block[MOUNT_INFO.name] = "".join(_info(server, mount) for mount in reading.mounts if mount.live)
    live = [(mount, label_set) for mount, label_set in pairs if mount.live]
    for family in MOUNTS:
        block[family.family.name] = _lines(family, live if family.live else pairs)
    block |= _remembered(live, tracks, audiences)
    return {name: lines for name, lines in block.items() if lines}


def without_reading(server: str, known: Iterable[str], warnings: int) -> Block:
    """The block while the server cannot be read: every known mount is down."""
    block = {MOUNT_UP.name: down(server, known)} if known else {}
    return {**block, PARSE_WARNINGS.name: sample(PARSE_WARNINGS, labels(server=server), warnings)}


def down(server: str, mounts: Iterable[str]) -> str:
    """`icecast_mount_up 0` for each mount."""
    return "".join(sample(MOUNT_UP, labels(server=server, mount=mount), 0) for mount in mounts)


def _server_block(server: str, reading: IcecastReading, warnings: int) -> Iterable[tuple[str, str]]:
    label_set = labels(server=server)
    told = {"version": reading.version, "host": reading.host, "location": reading.location}
    info = labels(server=server, **{name: text[:LONGEST_LABEL] for name, text in told.items()})
    yield SERVER_INFO.name, sample(SERVER_INFO, info, 1)
    if reading.server_start is not None:
        yield SERVER_START.name, sample(SERVER_START, label_set, reading.server_start)
    for field, count in reading.counts.items():
        yield COUNTS[field].name, sample(COUNTS[field], label_set, count)
    yield PARSE_WARNINGS.name, sample(PARSE_WARNINGS, label_set, warnings)


def _info(server: str, mount: MountReading) -> str:
    label_set = labels(
        server=server,
        mount=mount.mount,
        name=mount.name[:LONGEST_LABEL],
        genre=mount.genre[:LONGEST_LABEL],
        content_type=mount.content_type[:LONGEST_LABEL],
    )
    return sample(MOUNT_INFO, label_set, 1)


def _lines(family: MountFamily, mounts: Sequence[tuple[MountReading, str]]) -> str:
    # The hot path: a thousand mounts times a dozen families at every reading.
    name, value_of = family.family.name, family.value
    return "".join(
        f"{name}{label_set} {number(value)}\n" for mount, label_set in mounts if (value := value_of(mount)) is not None
    )


def _remembered(
    live: Sequence[tuple[MountReading, str]], tracks: Tracks, audiences: Mapping[str, MountAudience]
) -> Iterable[tuple[str, str]]:
    changes = updated = relays = probes = lags = ""
    for mount, label_set in live:
        track = tracks.get(mount.mount)
        changes += sample(TRACK_CHANGES, label_set, track.changes if track else 0)
        if track:
            updated += sample(METADATA_UPDATED, label_set, round(track.updated, 3))
        if audience := audiences.get(mount.mount):
            relays += sample(RELAY_LISTENERS, label_set, audience.relays)
            probes += sample(PROBE_LISTENERS, label_set, audience.probes)
            if audience.largest_lag is not None:
                lags += sample(LISTENER_LAG, label_set, audience.largest_lag)
    return (
        (TRACK_CHANGES.name, changes),
        (METADATA_UPDATED.name, updated),
        (RELAY_LISTENERS.name, relays),
        (PROBE_LISTENERS.name, probes),
        (LISTENER_LAG.name, lags),
    )
