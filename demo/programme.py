"""What the demo station broadcasts: its mounts, and what is played into each."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mount:
    """A `<mount>` of icecast.xml. `reports` = Icecast tells the exporter of each listener who leaves."""

    path: str
    hidden: bool = False
    fallback: str | None = None
    max_listeners: int | None = None
    reports: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """What one source plays into one mount. `sound` is an ffmpeg lavfi source, kept cheap for small machines."""

    mount: str
    name: str
    genre: str
    sound: str
    codec: Literal["mp3", "vorbis"] = "mp3"
    kilobits: int = 64
    sample_rate: int = 44100
    titles: bool = True
    popularity: float = 0.0  # share of the audience that wants it


def _chord(*frequencies: float) -> str:
    voices = "+".join(f"0.08*sin(2*PI*{frequency}*t)" for frequency in frequencies)
    return f"aevalsrc={voices}:s=44100"


STATION = "Asteroid Radio"
SERVER = "main"  # what demo/exporter.yaml calls the Icecast
SOURCE_TIMEOUT = 90  # seconds until Icecast drops a silent source; its usual 10 would hide a stall from everyone
LIVE, OGG, JAZZ, NIGHT, STUDIO = "/live.mp3", "/live.ogg", "/jazz.mp3", "/night.mp3", "/studio.mp3"

MOUNTS = (
    Mount(LIVE, fallback=NIGHT),
    Mount(OGG, reports=True),
    Mount(JAZZ, max_listeners=60),
    Mount(NIGHT),
    Mount(STUDIO, hidden=True),
)

FEEDS = (
    Feed(NIGHT, "Asteroid Night Loop", "Ambient", "anoisesrc=color=brown:amplitude=0.2:r=22050", kilobits=32,
         sample_rate=22050, titles=False, popularity=0.03),
    Feed(LIVE, STATION, "Eclectic", _chord(220, 277.18, 329.63), popularity=0.52),
    Feed(OGG, f"{STATION} in Ogg Vorbis", "Eclectic", _chord(220, 277.18, 329.63), codec="vorbis", kilobits=64,
         popularity=0.25),
    Feed(JAZZ, "Asteroid Jazz", "Jazz", _chord(174.61, 220, 261.63, 329.63), kilobits=48, sample_rate=32000,
         popularity=0.20),
    Feed(STUDIO, "Studio monitor", "Speech", "sine=frequency=440:sample_rate=22050", kilobits=32, sample_rate=22050,
         titles=False),
)  # fmt: skip
