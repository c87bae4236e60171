"""Every family of the audience: its name, its labels, what it means. One a line, as a table."""

from dataclasses import dataclass
from functools import partial

from exporter.bounded import SERIES_DROPPED
from exporter.page import Family

_channel = partial(Family, labels=("server", "channel"))

SESSIONS_ACTIVE = _channel(
    "radio_sessions_active", "gauge", "Sessions that are open: people who listen, neither relays nor bots."
)
STATION_UNIQUE = Family(
    "radio_station_unique_listeners",
    "gauge",
    "Distinct listeners of the whole station within a window, to the quarter-hour (7d, 30d: to six hours).",
    ("window",),
)
UNIQUE = Family(
    "radio_unique_listeners",
    "gauge",
    "Distinct listeners of a channel within a window, on whichever server.",
    ("channel", "window"),
)
STATION_QUALIFIED = Family(
    "radio_station_qualified_unique_listeners",
    "gauge",
    "Those of them with a session of a minute or more (CUME).",
    ("window",),
)
QUALIFIED = Family(
    "radio_qualified_unique_listeners",
    "gauge",
    "Distinct listeners of a channel with a session of a minute or more within a window (CUME).",
    ("channel", "window"),
)
STATION_QUARTER = Family(
    "radio_station_quarter_hour_listeners",
    "gauge",
    "Distinct listeners of the last whole quarter-hour, in sessions of a minute or more: its average over time is AQH.",
    (),
)
QUARTER_HOUR = Family(
    "radio_quarter_hour_listeners", "gauge", "As radio_station_quarter_hour_listeners, of one channel.", ("channel",)
)
DURATION = _channel(
    "radio_session_duration_seconds", "histogram", "How long sessions had lasted when their end was told."
)
CITY_ACTIVE = Family(
    "radio_city_sessions_active",
    "gauge",
    "Open sessions by city. Cities with fewer listeners than geoip.min_cell, and those beyond the top 200, are together `other`.",
    ("country", "city", "latitude", "longitude"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter of the tallies as a family. `scale` = what one of the family's unit is in the tally's."""

    name: str
    family: Family
    scale: int = 1


def _counted(name: str, family: str, text: str, labels: tuple[str, ...], scale: int = 1) -> Counted:
    return Counted(name, Family(family, "counter", text, labels), scale)


_CHANNEL = ("server", "channel")

COUNTERS: tuple[Counted, ...] = (
    _counted("sessions_started", "radio_sessions_started_total", "Sessions that began.", _CHANNEL),
    _counted("sessions_closed", "radio_sessions_closed_total", "Sessions that ended, by reason.", (*_CHANNEL, "reason")),
    _counted("listening", "radio_listening_seconds_total", "Seconds of listening. Grows as far as it is known that people are there: with every list of listeners, update or end.", _CHANNEL, 1000),
    _counted("sent", "radio_session_sent_bytes_total", "Bytes sent to listeners, where the server says so.", _CHANNEL),
    _counted("listeners_new", "radio_listeners_new_total", "Sessions of listeners who were never here before (within the sessions' retention).", _CHANNEL),
    _counted("listeners_returning", "radio_listeners_returning_total", "Sessions of listeners who were here before.", _CHANNEL),
    _counted("qualified_sessions", "radio_qualified_sessions_total", "Sessions that reached a minute.", _CHANNEL),
    _counted("qualified_listening", "radio_qualified_listening_seconds_total", "Seconds of listening in sessions that reached a minute, from their first second on (TLH).", _CHANNEL, 1000),
    _counted("royalty_listening", "radio_royalty_listening_seconds_total", "As radio_qualified_listening_seconds_total, by country, for audience.royalty_countries (ATH).", ("channel", "country"), 1000),
    _counted("country_sessions_started", "radio_country_sessions_started_total", "Sessions that began, by country.", ("country",)),
    _counted("country_listening", "radio_country_listening_seconds_total", "Seconds of listening, by country.", ("country",), 1000),
    _counted("country_sent", "radio_country_sent_bytes_total", "Bytes sent to listeners, by country.", ("country",)),
    _counted("protocol_sessions_started", "radio_protocol_sessions_started_total", "Sessions that began, by protocol.", ("protocol",)),
    _counted("protocol_sent", "radio_protocol_sent_bytes_total", "Bytes sent to listeners, by protocol.", ("protocol",)),
    _counted("player_class_sessions_started", "radio_player_class_sessions_started_total", "Sessions that began, by class of player.", ("player_class",)),
    _counted("player_class_sent", "radio_player_class_sent_bytes_total", "Bytes sent to listeners, by class of player.", ("player_class",)),
    _counted("server_sessions_started", "radio_server_sessions_started_total", "Sessions that began, by server.", ("server",)),
    _counted("server_sent", "radio_server_sent_bytes_total", "Bytes sent to listeners, by server.", ("server",)),
    _counted("facts", "radio_ingest_facts_total", "Tellings about sessions that were taken, each once.", ("sender", "kind")),
    _counted("duplicates", "radio_ingest_duplicates_total", "Tellings that had been taken before, or were about sessions that are forgotten.", ("sender",)),
    _counted("listens", "radio_listens_total", "Plays that pages and players reported.", ("source",)),
)  # fmt: skip

UTC_OFFSET = Family(
    "radio_station_utc_offset_seconds",
    "gauge",
    "How far the station's clock is ahead of UTC now, daylight saving included.",
    (),
)
LAST_FACT = Family(
    "radio_ingest_last_fact_timestamp_seconds", "gauge", "When a sender last told something, as Unix time.", ("sender",)
)
CLAMPED = Family(
    "radio_ingest_clamped_total",
    "counter",
    "Times and counts in tellings that made no sense and were put right.",
    ("sender",),
)
REJECTED = Family(
    "radio_ingest_rejected_total",
    "counter",
    "Requests that were refused and tellings that were too old to be taken, by reason.",
    ("sender", "reason"),
)
LISTENS_DROPPED = Family(
    "radio_listens_dropped_total",
    "counter",
    "Reported plays that were lost: too many waited, or the database could not be written.",
    (),
)
STORE_UP = Family("radio_exporter_store_up", "gauge", "1 if what is told can be stored.", ())
STORE_ROWS = Family("radio_exporter_store_rows", "gauge", "Rows of a table, about.", ("table",))
STORE_BYTES = Family("radio_exporter_store_bytes", "gauge", "Size of the database.", ())
RETENTION_LAG = Family(
    "radio_exporter_retention_lag_seconds",
    "gauge",
    "How much longer than its retention the oldest row of a table has been kept; 0 = none is too old.",
    ("table",),
)
GEOIP_BUILT = Family(
    "radio_exporter_geoip_database_timestamp_seconds", "gauge", "When the GeoIP database was built, as Unix time.", ()
)
ONE_BY_ONE: dict[str, Family] = {
    name: Family(f"radio_{name}_sessions_active", "gauge", f"Open sessions by {text}.", (name,))
    for name, text in (
        ("country", "country (ISO 3166, `private`, `unknown`)"),
        ("protocol", "protocol"),
        ("player_class", "class of player"),
        ("player", "player"),
        ("server", "server"),
    )
}

OF_CHANNEL: tuple[Counted, ...] = tuple(counted for counted in COUNTERS if counted.family.labels == _CHANNEL)
"""They begin at 0 as soon as a channel is known, so that its first listener is a step that can be seen."""

FAMILIES: tuple[Family, ...] = (
    SESSIONS_ACTIVE,
    *(counted.family for counted in COUNTERS),
    DURATION,
    UNIQUE,
    STATION_UNIQUE,
    QUALIFIED,
    STATION_QUALIFIED,
    QUARTER_HOUR,
    STATION_QUARTER,
    *ONE_BY_ONE.values(),
    CITY_ACTIVE,
    UTC_OFFSET,
    LAST_FACT,
    CLAMPED,
    REJECTED,
    LISTENS_DROPPED,
    STORE_UP,
    STORE_ROWS,
    STORE_BYTES,
    RETENTION_LAG,
    GEOIP_BUILT,
    SERIES_DROPPED,
)
