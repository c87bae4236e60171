"""The configuration of the listening probe: which streams are listened to, and what counts as silence."""

from typing import Annotated, Literal

from msgspec import Meta

from exporter.config.section import Section


class ListenProbe(Section, frozen=True):
    """What every listening probe has."""

    decode: Annotated[
        Literal["auto", "always", "never"],
        Meta(
            description="measure the sound with ffmpeg; `auto`: if it is installed; `always`: its absence is a failure;"
            " `never`: count bytes alone"
        ),
    ] = "auto"
    silence_below: Annotated[
        int,
        Meta(
            ge=-90,
            le=-20,
            description="what is less loud is silence: momentary loudness in LUFS, and in dBFS (RMS) for one channel",
        ),
    ] = -50
    limit: Annotated[
        int, Meta(ge=1, le=1000, description="most streams that are listened to at once where none are named")
    ] = 32


class IcecastProbe(ListenProbe, frozen=True):
    """Listens to mounts as a player does and measures what arrives; off without this section, `{}` = all of them."""

    mounts: Annotated[
        tuple[str, ...],
        Meta(description="which mounts; without it all that are on the air, but for on-demand relays seen asleep"),
    ] = ()


class ShoutcastProbe(ListenProbe, frozen=True):
    """Listens to streams as a player does and measures what arrives; off without this section, `{}` = all of them."""

    streams: Annotated[
        tuple[int, ...], Meta(description="numbers of the streams; without it all that are on the air")
    ] = ()
