"""The configuration's types: every key, its type, its default and what it is for.

`docs/configuration.md` and `docs/configuration.schema.json` are made from these classes, and a test holds them
together. The first line of a class says what its part is about; `doc` says what a key means.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from exporter.config.schema_events import Events, Loki
from exporter.config.schema_host import WatchedHost
from exporter.config.schema_playout import PlayoutEngine
from exporter.config.schema_probe import IcecastProbe, ShoutcastProbe
from exporter.config.schema_sam import SamDatabase
from exporter.config.section import Section, Watched
from exporter.config.units import Duration, Secret, Size


class Station(Section, frozen=True):
    """The station itself, for the landing page."""

    name: Annotated[str, Meta(description="what the station is called")] = "Radio"
    timezone: Annotated[str, Meta(description="IANA name of the station's time zone")] = "UTC"


class Web(Section, frozen=True):
    """The exporter's own HTTP server."""

    listen: Annotated[str, Meta(description="address and port; a change needs a restart")] = "127.0.0.1:10880"
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="networks whose `X-Forwarded-For` is believed, such as 10.0.0.0/8")
    ] = ()


class Listeners(Section, frozen=True):
    """Lists of listeners, one request a mount or stream; they need the admin password."""

    enabled: Annotated[bool, Meta(description="read them at all")] = True
    interval: Annotated[Duration, Meta(description="time from one walk over the lists to the next")] = Duration("15s")


class Polled(Watched, frozen=True, kw_only=True):
    """What every polled server has."""

    url: Annotated[str, Meta(description="where it answers: http or https, host and port")]
    remember: Annotated[Duration, Meta(description="how long a stream that left is still reported as down")] = Duration(
        "15m"
    )


class IcecastServer(Polled, frozen=True, kw_only=True):
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
    listen_probe: IcecastProbe | None = None


class ShoutcastServer(Polled, frozen=True, kw_only=True):
    """A Shoutcast DNAS v1 or v2. Who listens is known with v2's admin password."""

    version: Annotated[Literal["auto", 1, 2], Meta(description="`auto` asks as v2 first, then as v1")] = "auto"
    username: Annotated[str, Meta(description="of the admin user")] = "admin"
    password: Annotated[
        Secret | None, Meta(description="of the admin user, for v2's lists of listeners; better as `${ENV}`")
    ] = None
    password_file: Annotated[str | None, Meta(description="a file that holds the password; empty = none")] = None
    expected_streams: Annotated[
        tuple[int, ...], Meta(description="stream numbers that are reported for ever, as down while they are away")
    ] = ()
    listeners: Listeners = Listeners()
    listen_probe: ShoutcastProbe | None = None


class Audience(Section, frozen=True):
    """Who listens: sessions and the figures made of them."""

    idle_after: Annotated[
        Duration,
        Meta(description="a session of which nothing was heard for so long has ended, when it was last heard of"),
    ] = Duration("15m")
    max_channels: Annotated[
        int, Meta(ge=1, le=10000, description="channels that get a label of their own; the rest is `other`")
    ] = 500
    royalty_countries: Annotated[
        tuple[str, ...], Meta(description="countries whose listening hours are counted by channel, for royalties")
    ] = ("US",)


class MappedEvents(Section, frozen=True):
    """What a sender calls its events; every name it uses for the same thing."""

    started: Annotated[tuple[str, ...], Meta(description="somebody began to listen")]
    updated: Annotated[tuple[str, ...], Meta(description="somebody is listening still")] = ()
    closed: Annotated[tuple[str, ...], Meta(description="somebody stopped listening")] = ()


class Mapping(Section, frozen=True):
    """How a sender other than Flussonic writes its play events. Experimental: compare it with what yours sends."""

    name: Annotated[str, Meta(description="asked for as `/api/webhook?mapping=NAME`; the `sender` label of its facts")]
    events: MappedEvents
    event: Annotated[str, Meta(description="path of the field that names the event, such as `data.type`")] = "event"
    id: Annotated[str, Meta(description="path of the session's identifier")] = "id"
    event_id: Annotated[str | None, Meta(description="path of the event's own identifier")] = None
    server: Annotated[str | None, Meta(description="path of the server's name; without it the mapping's name")] = None
    channel: Annotated[str, Meta(description="path of the channel, stream or media")] = "media"
    time: Annotated[str, Meta(description="path of the event's time")] = "time"
    time_unit: Annotated[Literal["iso8601", "s", "ms"], Meta(description="how times are written")] = "iso8601"
    started_at: Annotated[str | None, Meta(description="path of the time when listening began")] = None
    address: Annotated[str, Meta(description="path of the listener's address")] = "ip"
    agent: Annotated[str | None, Meta(description="path of the player's name for itself")] = "user_agent"
    country: Annotated[str | None, Meta(description="path of the listener's country")] = None
    protocol: Annotated[str | None, Meta(description="path of the protocol")] = None
    bytes: Annotated[str | None, Meta(description="path of the bytes sent to the listener so far")] = None
    reason: Annotated[str | None, Meta(description="path of why the session ended")] = None


class Ingest(Section, frozen=True):
    """What servers may send to the exporter. Every door is shut until a token, a password or a network is given."""

    token: Annotated[Secret | None, Meta(description="what a sender shows as `Authorization: Bearer …`")] = None
    token_file: Annotated[str | None, Meta(description="a file that holds the token; empty = none")] = None
    username: Annotated[str, Meta(description="for senders that can only do basic auth")] = "radio"
    password: Annotated[Secret | None, Meta(description="the password beside it")] = None
    password_file: Annotated[str | None, Meta(description="a file that holds the password; empty = none")] = None
    allow_networks: Annotated[
        tuple[str, ...], Meta(description="networks that need to show nothing, such as 127.0.0.0/8")
    ] = ()
    max_body: Annotated[Size, Meta(description="the largest request that is read")] = Size("8MiB")
    rate: Annotated[int, Meta(ge=1, description="requests a second from one sender; beyond that 429")] = 500
    mappings: tuple[Mapping, ...] = ()


class Listens(Section, frozen=True):
    """Plays that web pages and players report themselves: `POST /api/v1/listens` and `GET /listen/{source}`."""

    sources: Annotated[
        dict[str, str], Meta(description="the stream's address by the source's name; without any the doors are shut")
    ] = field(default_factory=dict)
    allow_origins: Annotated[
        tuple[str, ...], Meta(description="web pages that may report plays (CORS), such as https://example.org")
    ] = ()
    rate: Annotated[int, Meta(ge=1, description="plays a second from one address; beyond that 429")] = 10


class Api(Section, frozen=True):
    """Who may read `/stats`, `/api/v1/stats`, `…/music` and `…/events`. Without a token: whoever may read the rest."""

    token: Annotated[Secret | None, Meta(description="what a reader shows as `Authorization: Bearer …`")] = None
    token_file: Annotated[str | None, Meta(description="a file that holds the token; empty = none")] = None


class Geoip(Section, frozen=True):
    """Where listeners are."""

    database: Annotated[
        str | None, Meta(description="a GeoLite2 or DB-IP file (City or Country, .mmdb); taken up anew when it changes")
    ] = None
    min_cell: Annotated[
        int, Meta(ge=1, description="a city with fewer listeners is not shown by name, for it would point at people")
    ] = 3


class Privacy(Section, frozen=True):
    """How listeners are told apart without keeping who they are."""

    mode: Annotated[
        Literal["stable", "daily"],
        Meta(description="`stable`: one key, so that returning listeners are known; `daily`: a new key every day"),
    ] = "stable"
    key: Annotated[Secret | None, Meta(description="the secret key; 16 characters at least, better as `${ENV}`")] = None
    key_file: Annotated[
        str | None, Meta(description="a file that holds the key; without one it is made in `state_dir`; empty = none")
    ] = None


class Retention(Section, frozen=True):
    """How long rows about single sessions, plays and events are kept. Sums by the quarter-hour stay."""

    sessions: Annotated[Duration, Meta(description="sessions, from their end")] = Duration("30d")
    listens: Annotated[Duration, Meta(description="reported plays")] = Duration("90d")
    requesters: Annotated[Duration, Meta(description="by whom a song was asked for (a keyed hash)")] = Duration("90d")
    events: Annotated[Duration, Meta(description="the event log")] = Duration("90d")


class Store(Section, frozen=True):
    """The database."""

    url: Annotated[
        Secret | None,
        Meta(
            description="`mysql+pymysql://user:${PASSWORD}@host/name` or `postgresql+psycopg://…`;"
            " without it SQLite in `state_dir`; a change needs a restart"
        ),
    ] = None


class Config(Section, frozen=True):
    """The whole file."""

    station: Station = Station()
    web: Web = Web()
    state_dir: Annotated[
        str | None,
        Meta(
            description="folder for the database and the key; default: `$STATE_DIRECTORY`, else"
            " /var/lib/radio-exporter, else ~/.local/state/radio-exporter; a change needs a restart"
        ),
    ] = None
    icecast: tuple[IcecastServer, ...] = ()
    shoutcast: tuple[ShoutcastServer, ...] = ()
    sam: tuple[SamDatabase, ...] = ()
    host: WatchedHost = WatchedHost()
    playout: tuple[PlayoutEngine, ...] = ()
    events: Events = Events()
    loki: Loki = Loki()
    audience: Audience = Audience()
    ingest: Ingest = Ingest()
    listens: Listens = Listens()
    api: Api = Api()
    geoip: Geoip = Geoip()
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    store: Store = Store()

    def polled(self) -> tuple[tuple[str, tuple[IcecastServer | ShoutcastServer, ...]], ...]:
        """Every streaming server that is polled, by the key it stands under."""
        return ("icecast", self.icecast), ("shoutcast", self.shoutcast)

    def watched(self) -> tuple[tuple[str, tuple[Watched, ...]], ...]:
        """Everything that is polled, by the key it stands under."""
        return *self.polled(), ("sam", self.sam)
