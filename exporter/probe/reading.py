"""What a probe has measured of one stream."""

from collections.abc import Mapping

from msgspec import Struct

from exporter.probe.faults import Reason

PERIOD = 0.5
"""Seconds of sound in a measure."""


class Level(Struct, frozen=True):
    """One channel in a measure: highest sample as a share of full scale, RMS in dBFS, samples at full scale."""

    peak: float
    rms: float
    clipped: int


class Measure(Struct, frozen=True):
    """Half a second of sound. Loudness in LUFS; `short_term` is of no meaning in the first three seconds.

    `samples` = samples of all channels together.
    """

    momentary: float
    short_term: float
    levels: tuple[Level, ...]
    samples: int


class Sound(Struct, frozen=True):
    """What is heard by now.

    Attributes:
        momentary: loudness of the last 0.4 s in LUFS.
        short_term: loudness of the last 3 s in LUFS; None until there were so many.
        peak: highest sample of the last 10 s, as a share of full scale.
        silence: seconds for which it has been silent.
        dead: whether left and right are silent while the other one is not; None if there are no two channels.
    """

    momentary: float
    short_term: float | None
    peak: float
    silence: float
    dead: tuple[bool, bool] | None


class ProbeReading(Struct, frozen=True):
    """One stream at this moment, and the totals since its probe began.

    Attributes:
        server: as configured.
        mount: the mount, or the number of a Shoutcast's stream.
        up: connected, and bytes arrive.
        counted: whether the server's latest reading may count the probe as a listener.
        first_byte: seconds from the beginning of the latest connection to its first byte of sound.
        nominal: bytes per second that the server declares.
        received: bytes of sound.
        stalls: how often no byte came for too long.
        connections: how often the server let us listen.
        failures: by reason.
        decoding: whether what arrives is decoded; None where that is not wanted, or nothing arrives.
        samples: samples that were measured.
        clipped: those of them at full scale.
        sound: None while nothing is heard.
    """

    server: str
    mount: str
    up: bool
    counted: bool
    first_byte: float | None
    nominal: float | None
    received: int
    stalls: int
    connections: int
    failures: Mapping[Reason, int]
    decoding: bool | None
    samples: int
    clipped: int
    sound: Sound | None
