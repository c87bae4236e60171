"""The configuration of what SAM Broadcaster's database says."""

from typing import Annotated, Literal

from msgspec import Meta

from exporter.config.section import Section, Watched
from exporter.config.units import Duration, Secret


class SamTls(Section, frozen=True):
    """TLS to the database server."""

    enabled: Annotated[bool, Meta(description="speak TLS, or do not connect at all")] = False
    ca_file: Annotated[str | None, Meta(description="whom to trust (PEM); without it the system's authorities")] = None
    verify: Annotated[
        bool, Meta(description="check certificate and host name; `false` = encrypted, but with whoever answers")
    ] = True


class Charts(Section, frozen=True):
    """Charts of what was played and asked for."""

    top: Annotated[int, Meta(ge=1, le=500, description="places of a chart")] = 50
    least_plays: Annotated[
        int, Meta(ge=1, description="plays in the window from which on a song is said to keep or lose listeners")
    ] = 5


class SamDatabase(Watched, frozen=True, kw_only=True):
    """The MySQL database of a SAM Broadcaster, or of an engine that shares its tables. It is only read."""

    interval: Annotated[Duration, Meta(description="time from one poll to the next")] = Duration("15s")
    host: Annotated[str, Meta(description="where its MySQL or MariaDB runs: host name or address")]
    port: Annotated[int, Meta(ge=1, le=65535)] = 3306
    database: Annotated[str, Meta(description="the database's name")] = "SAMDB"
    user: Annotated[str, Meta(description="who may SELECT from SAM's tables; more is not needed")]
    password: Annotated[Secret | None, Meta(description="of that user; better as `${ENV}` than in clear")] = None
    password_file: Annotated[str | None, Meta(description="a file that holds the password; empty = none")] = None
    tls: SamTls = SamTls()
    timezone: Annotated[
        str | None,
        Meta(description="IANA name of the playout computer's zone, by whose clock it writes; else the station's"),
    ] = None
    date_played_means: Annotated[
        Literal["start", "end"], Meta(description="what `historylist.date_played` says: SAM writes a track's start")
    ] = "start"
    duration_unit: Annotated[Literal["ms", "s"], Meta(description="of the durations: SAM writes milliseconds")] = "ms"
    text_encoding: Annotated[
        Literal["auto", "utf-8", "latin1"],
        Meta(description="of the texts in SAM's latin1 columns; `auto` reads as UTF-8 what can be nothing else"),
    ] = "auto"
    skip_below: Annotated[
        Duration, Meta(description="what was on the air for a shorter time, and not half of its length, was skipped")
    ] = Duration("30s")
    requests_expire: Annotated[
        Duration, Meta(description="a request that was accepted and not played for so long has expired")
    ] = Duration("24h")
    library_interval: Annotated[Duration, Meta(description="time from one look at the library to the next")] = Duration(
        "10m"
    )
    charts: Charts = Charts()
    mounts: Annotated[
        tuple[str, ...],
        Meta(description="mounts and streams that this studio feeds, whose listeners its songs keep or lose; else all"),
    ] = ()
