"""The configuration's types: every key, its type, its default and what it is for.

`docs/configuration.md` and `docs/configuration.schema.json` are made from these classes, and a test holds them
together. The first line of a class says what its part is about; `doc` says what a key means.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from exporter.config.units import Duration, Secret


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the file. Unknown keys are errors."""


class Station(Section, frozen=True):
    """The station itself, for the landing page."""

    name: Annotated[str, Meta(description="what the station is called")] = "Radio"
    timezone: Annotated[str, Meta(description="IANA name of the station's time zone")] = "UTC"


class Web(Section, frozen=True):
    """The exporter's own HTTP server."""

    listen: Annotated[str, Meta(description="address and port; a change needs a restart")] = "127.0.0.1:10880"


class Listeners(Section, frozen=True):
    """Icecast's lists of listeners, one request a mount; they need the admin password."""

    enabled: Annotated[bool, Meta(description="read them at all")] = True
    interval: Annotated[Duration, Meta(description="time from one walk over the mounts to the next")] = Duration("15s")


class Polled(Section, frozen=True):
    """What every polled server has."""

    name: Annotated[str, Meta(description="the `server` label of its series: letters, digits, `_`, `.` and `-`")]
    url: Annotated[str, Meta(description="where it answers: http or https, host and port")]
    interval: Annotated[Duration, Meta(description="time from one poll to the next; `0s` = ask on the scrape")] = (
        Duration("5s")
    )
    timeout: Annotated[
        Duration | None,
        Meta(description="a poll's deadline, at most the interval; 4s, or four fifths of a shorter interval"),
    ] = None
    remember: Annotated[Duration, Meta(description="how long a stream that left is still reported as down")] = Duration(
        "15m"
    )

    @property
    def deadline(self) -> float:
        """The poll's deadline in seconds."""
        if self.timeout is not None:
            return float(self.timeout)
        return min(4.0, 0.8 * self.interval) if self.interval else 4.0


class IcecastServer(Polled, frozen=True):
    """An Icecast 2.4, Icecast-KH or Icecast 2.5. Without a password its public statistics are read, which say less."""

    username: Annotated[str, Meta(description="of the admin user")] = "admin"
    password: Annotated[Secret | None, Meta(description="of the admin user; better as `${ENV}` than in clear")] = None
    password_file: Annotated[str | None, Meta(description="a file that holds the password; empty = none")] = None
    icecast_xml: Annotated[
        str | None, Meta(description="the server's own icecast.xml, to read user and password from")
    ] = None
    expected_mounts: Annotated[
        tuple[str, ...], Meta(description="mounts that are reported for ever, as down while they are away")
    ] = ()
    listeners: Listeners = Listeners()


class ShoutcastServer(Polled, frozen=True):
    """A Shoutcast DNAS v1 or v2."""

    version: Annotated[Literal["auto", 1, 2], Meta(description="`auto` asks as v2 first, then as v1")] = "auto"
    expected_streams: Annotated[
        tuple[int, ...], Meta(description="stream numbers that are reported for ever, as down while they are away")
    ] = ()


class Config(Section, frozen=True):
    """The whole file."""

    station: Station = Station()
    web: Web = Web()
    icecast: tuple[IcecastServer, ...] = ()
    shoutcast: tuple[ShoutcastServer, ...] = ()

    def polled(self) -> tuple[tuple[str, tuple[Polled, ...]], ...]:
        """Every polled server, by the key it stands under."""
        return ("icecast", self.icecast), ("shoutcast", self.shoutcast)
