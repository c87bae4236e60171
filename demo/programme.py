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
    """What one source plays into one mount. `sound` is an ffmpeg lavfi source, kept cheap for small machines.

    `desk` = it is stereo, and goes over a mixing desk that mishaps can lay hands on.
    """

    mount: str
    name: str
    genre: str
    sound: str
    codec: Literal["mp3", "vorbis", "ac3"] = "mp3"
    kilobits: int = 64
    sample_rate: int = 44100
    titles: bool = True
    popularity: float = 0.0  # share of the audience that wants it
    desk: bool = False

    @property
    def channels(self) -> int:
        """1 or 2."""
        return 2 if self.desk else 1


def _chord(*frequencies: float) -> str:
    return f"aevalsrc={_voices(*frequencies)}:s=44100"


def _voices(*frequencies: float) -> str:
    return "+".join(f"0.08*sin(2*PI*{frequency}*t)" for frequency in frequencies)


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
    Feed(JAZZ, "Asteroid Jazz", "Jazz", f"aevalsrc={_voices(174.61, 261.63)}|{_voices(220, 329.63)}:s=32000",
         kilobits=64, sample_rate=32000, popularity=0.20, desk=True),
    Feed(STUDIO, "Studio monitor", "Speech", "sine=frequency=440:sample_rate=22050", kilobits=32, sample_rate=22050,
         titles=False),
)  # fmt: skip
