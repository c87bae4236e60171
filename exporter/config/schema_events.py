"""The configuration of the event log, and of the Loki that it is passed on to."""

from typing import Annotated

from msgspec import Meta, field

from exporter.config.section import Section
from exporter.config.units import Secret


class Events(Section, frozen=True):
    """The log of what happens at the station. It is kept in the store (`retention.events`)."""

    stdout: Annotated[bool, Meta(description="print each event on standard output too, as one line of JSON")] = False
    titles: Annotated[
        bool,
        Meta(
            description="a new title on an Icecast's or Shoutcast's stream is an event too; a studio's track always is"
        ),
    ] = False


class Loki(Section, frozen=True):
    """Where events are pushed to, beside the store. A change of these keys needs no restart."""

    url: Annotated[
        str | None,
        Meta(description="Loki's address, such as http://loki:3100; without one nothing is pushed; empty = none"),
    ] = None
    tenant: Annotated[str | None, Meta(description="sent as `X-Scope-OrgID`")] = None
    username: Annotated[str | None, Meta(description="for basic auth")] = None
    password: Annotated[Secret | None, Meta(description="the password beside it; better as `${ENV}`")] = None
    password_file: Annotated[str | None, Meta(description="a file that holds the password; empty = none")] = None
    token: Annotated[Secret | None, Meta(description="shown as `Authorization: Bearer …`")] = None
    token_file: Annotated[str | None, Meta(description="a file that holds the token; empty = none")] = None
    labels: Annotated[
        dict[str, str],
        Meta(description="of the streams, beside `job`, `level` and `category`, such as `station: jazz`"),
    ] = field(default_factory=dict)
    buffer: Annotated[
        int, Meta(ge=100, le=1_000_000, description="events that wait while Loki is away; then the oldest are given up")
    ] = 100_000
