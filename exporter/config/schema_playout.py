"""The configuration of playout engines: what they are called, and by which of four ways they report."""

from typing import Annotated, Literal

from msgspec import Meta

from exporter.config.section import Section
from exporter.config.units import Duration

Field = Literal[
    "cpu",
    "memory",
    "stream_connected",
    "mysql_connected",
    "encoders_active",
    "deck_fill",
    "deck_seconds",
    "deck_underruns",
    "deck_latency",
    "encoder_up",
    "encoder_bitrate",
]
"""What there is to know of an engine. In base units: ratios from 0 to 1, bytes, seconds, bytes a second; yes and no
are 1 and 0."""

Meaning = Literal["time", Field]
"""What a family of an engine's own can be."""

Way = Literal["pushed", "url", "sqlite", "textfile_dir"]


class PlayoutFamily(Section, frozen=True):
    """What one family of an engine's own page means."""

    family: Annotated[str, Meta(description="its name, as its samples have it, such as myengine_buffer_percent")]
    field: Annotated[
        Meaning,
        Meta(
            description="what it is: `deck_fill` and `cpu` from 0 to 1, `deck_seconds` and `deck_latency` in seconds,"
            " `memory` in bytes, `encoder_bitrate` in bytes a second, `time` in Unix seconds"
        ),
    ]
    label: Annotated[
        str | None, Meta(description="the label that holds the deck or encoder; without one it is called `all`")
    ] = None
    factor: Annotated[float, Meta(description="what to multiply with, such as 0.01 for percent, 0.001 for ms")] = 1.0


class PlayoutEngine(Section, frozen=True):
    """A playout engine. It pushes to `/api/v1/playout/health`, unless one of three other ways is given."""

    engine: Annotated[str, Meta(description="the `engine` label of its series: letters, digits, `_`, `.` and `-`")]
    ttl: Annotated[Duration, Meta(description="what was not told anew for so long is dropped")] = Duration("15s")
    url: Annotated[str | None, Meta(description="the engine's own Prometheus page")] = None
    sqlite: Annotated[
        str | None, Meta(description="DesiZone Broadcaster's database, whose health and events are read; never locked")
    ] = None
    textfile_dir: Annotated[str | None, Meta(description="a folder of `*.prom` files, as node_exporter reads them")] = (
        None
    )
    interval: Annotated[Duration, Meta(description="time from one look to the next; of no use for a push")] = Duration(
        "5s"
    )
    mapping: Annotated[
        Literal["radio", "liquidsoap"],
        Meta(description="how a page or file names things: as we do, or as the snippet in docs/playout.md does"),
    ] = "radio"
    families: Annotated[
        tuple[PlayoutFamily, ...], Meta(description="families of a page or file beside those of `mapping`")
    ] = ()
    events: Annotated[bool, Meta(description="whether DesiZone's event log is read too")] = True

    @property
    def way(self) -> Way:
        """By which way it reports."""
        ways: tuple[Way, ...] = ("url", "sqlite", "textfile_dir")
        return next((way for way in ways if getattr(self, way) is not None), "pushed")
