"""The documents of a synthetic Icecast 2.4.4, in the byte shape of the real server's."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

LISTENERS_PER_MOUNT = 50
"""On average. Radio is unequal: the mount at rank r has a share of 1/r."""

AGENTS = (
    "VLC/3.0.18 LibVLC/3.0.18",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us)",
    "Sonos/79.1-52020 (ZP120)",
    "Lavf/59.27.100",
    "Unknown",
    "TuneIn Radio/29.5; iPhone15,2",
)
GENRES = ("Jazz", "News & Talk", "Pop", "Classical")
BITRATES = (64, 128, 192, 320)

STRIPPED = frozenset(
    {"max_listeners", "public", "slow_listeners", "source_ip", "total_bytes_read", "total_bytes_sent", "user_agent"}
)
"""What the public document leaves out of a mount."""

Fields = Mapping[str, str | int]
XML = '<?xml version="1.0"?>\n<icestats>'
"""How its XML documents begin."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount."""

    number: int
    listeners: int

    @property
    def path(self) -> str:
        """Such as `/m0007.mp3`."""
        return f"/m{self.number:04d}.mp3"


def mounts(count: int, each: int = LISTENERS_PER_MOUNT) -> tuple[Mount, ...]:
    """So many mounts with their audiences, `each` on average, the largest first."""
    shares = [1 / (number + 1) for number in range(count)]
    one = each * count / sum(shares) if shares else 0.0
    return tuple(Mount(number, round(one * share)) for number, share in enumerate(shares))


def stats_xml(station: tuple[Mount, ...], now: float) -> bytes:
    """`/admin/stats`. `now` as Unix time."""
    sources = "".join(
        f"<source mount={quoteattr(mount.path)}>{_elements(_source(mount, now))}</source>" for mount in station
    )
    return f"{XML}{_elements({**_identity(now), **_counts(station)})}{sources}</icestats>\n".encode()


def status_json(station: tuple[Mount, ...], now: float) -> bytes:
    """`/status-json.xsl`, with its peculiarities: one mount is no list, every object ends in a dummy."""
    sources = [
        {**{name: value for name, value in _source(mount, now).items() if name not in STRIPPED}, "dummy": None}
        for mount in station
    ]
    source = {"source": sources[0] if len(sources) == 1 else sources} if sources else {}
    document = {"icestats": {**_identity(now), **source, "dummy": None}}
    return json.dumps(document, separators=(",", ":")).encode()


def _identity(now: float) -> Fields:
    started = now - 3600
    return {
        "admin": "ops@example.invalid",
        "host": "127.0.0.1",
        "location": "Benchmark",
        "server_id": "Icecast 2.4.4",
        "server_start": _long(started),
        "server_start_iso8601": _iso(started),
    }


def _counts(station: tuple[Mount, ...]) -> Fields:
    listeners = sum(mount.listeners for mount in station)
    return {
        "client_connections": 40 * listeners,
        "clients": listeners + len(station),
        "connections": 41 * listeners,
        "file_connections": 0,
        "listener_connections": 30 * listeners,
        "listeners": listeners,
        "source_client_connections": len(station),
        "source_relay_connections": 0,
        "source_total_connections": len(station),
        "sources": len(station),
        "stats": 0,
        "stats_connections": 0,
    }


def _source(mount: Mount, now: float) -> Fields:
    started, bitrate, number = now - 1800 - mount.number, BITRATES[mount.number % len(BITRATES)], mount.number
    return {
        "audio_info": f"ice-samplerate=44100;ice-bitrate={bitrate};ice-channels=2",
        "bitrate": bitrate,
        "genre": GENRES[number % len(GENRES)],
        "ice-bitrate": bitrate,
        "ice-channels": 2,
        "ice-samplerate": 44100,
        "listener_peak": mount.listeners + 3,
        "listeners": mount.listeners,
        "listenurl": f"http://127.0.0.1:8000{mount.path}",
        "max_listeners": "unlimited",
        "public": 0,
        "server_description": f"Station {number} & friends",
        "server_name": f"Station {number}",
        "server_type": "audio/mpeg",
        "slow_listeners": number % 3,
        "source_ip": "127.0.0.1",
        "stream_start": _long(started),
        "stream_start_iso8601": _iso(started),
        "title": f"Artist {number} - Track {7 * number}",
        "total_bytes_read": 125 * bitrate * (1800 + number),
        "total_bytes_sent": 125 * bitrate * 1800 * mount.listeners,
        "user_agent": "Lavf/59.27.100",
    }


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())


def _long(moment: float) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(moment))


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(moment))
