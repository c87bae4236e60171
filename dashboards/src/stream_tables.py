"""The tables of the Streams dashboard: one row for each stream, or for each server."""

from grafana_foundation_sdk.builders import stat, table
from grafana_foundation_sdk.models import common as shared

from . import colours, columns, figures, links, units, words
from .asking import Ask
from .panels import STREAM_NAME, About, numbers
from .queries import of_mount, of_server, per_server, per_stream, recorded_server, recorded_stream
from .tables import Column, Key, Rows, rows

_WINDOWS = ("1h", "1d", "7d", "30d")


def now() -> table.Panel:
    """Everything about each stream at this moment."""
    about = About(
        "Streams now",
        "Every known stream. Reconnects and slow listeners are counted over the chosen time. Not every server says "
        "everything: queue and lag are Icecast-KH's, relayed listeners need the admin password.",
        units.COUNT,
    )
    slow = per_stream(f"increase({of_mount('icecast_mount_slow_listeners_total', '$__range')})")
    shown = [
        columns.STATE,
        columns.LISTENERS,
        _told("Relays among them", per_stream(of_mount("icecast_mount_relay_listeners")), width=150),
        columns.ON_AIR_FOR,
        Column("Reconnects", figures.RECONNECTS, decimals=0, thresholds={1: colours.WARNING}, width=105),
        _told("Arriving", f"{figures.RECEIVED} * 8", unit=units.BITS_PER_SECOND, width=105),
        _told("Declared", f"{figures.DECLARED} * 8", unit=units.BITS_PER_SECOND, width=105),
        _told("Sent", f"{figures.SENT} * 8", unit=units.BITS_PER_SECOND, width=105),
        Column("Title unchanged for", figures.TITLE_AGE, unit=units.SECONDS, decimals=1, width=155),
        _told("Slow listeners", slow, width=120),
        Column(
            "Fed by",
            figures.otherwise_not_told(per_stream(of_mount("icecast_mount_relay"))),
            words=[words.FED_BY],
            width=120,
        ),
        _told("Queue", per_stream(of_mount("icecast_mount_queue_bytes")), unit=units.BYTES, width=100),
        _told("Largest lag", per_stream(of_mount("icecast_mount_listener_lag_bytes")), unit=units.BYTES, width=110),
    ]
    return rows(about, Rows(columns.STREAM, columns.STREAM_KEYS, shown, sort_by="Listeners", descending=True)).span(24)


def listeners() -> table.Panel:
    """Most, average and least listeners over the usual windows, the server's own peak and the limit."""
    about = About(
        "Most, average and least listeners",
        "Up to now, over an hour, a day, 7 and 30 days; then the peak that the server itself remembers, and the most "
        "it admits.",
        units.COUNT,
    )
    shown = [Column("Now", figures.LISTENERS, decimals=0, width=80)]
    for window in _WINDOWS:
        for title, operation, decimals in (("Max", "max", 0), ("Avg", "avg", 1), ("Min", "min", 0)):
            rule = f"mount:radio_listeners:{operation}{window}"
            shown.append(Column(f"{title} {window}", recorded_stream(rule), decimals=decimals, width=90))
    limit = f"clamp_max({figures.LIMIT}, {words.UNLIMITED})"
    shown.append(_told("Server's peak", figures.PEAK, width=120))
    shown.append(
        Column("Limit", figures.otherwise_not_told(limit), decimals=0, words=[words.UNLIMITED_WORD], width=105)
    )
    return rows(about, Rows(columns.STREAM, columns.STREAM_KEYS, shown, sort_by="Now", descending=True)).span(24)


def formats() -> table.Panel:
    """What each stream is called and how it sounds."""
    about = About(
        "Names and formats",
        "What each source says of itself. A source client may leave out any of it.",
        units.COUNT,
    )
    info = of_mount("icecast_mount_info")
    rate, channels = of_mount("icecast_mount_sample_rate_hertz"), of_mount("icecast_mount_channels")
    shown = [
        Column(
            "Known",
            f"{info} or {figures.STREAM_UP} unless on (server, mount) {info}",
            hidden=True,
            told=["name", "genre", "content_type"],
        ),
        _told("Declared bit rate", f"{figures.DECLARED} * 8", unit=units.BITS_PER_SECOND, width=140),
        _told("Sample rate", per_stream(rate), unit=units.HERTZ, width=110),
        _told("Channels", per_stream(channels), width=100),
    ]
    keys = [
        *columns.STREAM_KEYS,
        Key("name", "Name", width=220),
        Key("genre", "Genre", width=140),
        Key("content_type", "Content type", width=140),
    ]
    return rows(about, Rows(columns.STREAM, keys, shown, sort_by="Mount")).span(24)


def availability() -> table.Panel:
    """How much of the time each stream was on air, and what is left of its error budget."""
    about = About(
        "Availability and error budget",
        f"Share of the time on air, counted from when recording began. The objective is {figures.OBJECTIVE:.1%} over "
        "30 days; budget left is the share of the allowed time off air that is not used up.",
        units.COUNT,
    )
    ratio = recorded_stream("mount:radio_stream_up:ratio30d")
    left = {0.0: colours.WARNING, 0.25: colours.GOOD}
    shown = [columns.STATE, *(columns.availability(window) for window in _WINDOWS)]
    shown.append(
        Column(
            "Budget left",
            f"1 - (1 - {ratio}) / {figures.BUDGET}",
            unit=units.SHARE,
            decimals=1,
            words=[words.OVERDRAWN],
            thresholds=left,
            base=colours.BAD,
            width=115,
        )
    )
    return rows(about, Rows(columns.STREAM, columns.STREAM_KEYS, shown, sort_by="Budget left")).span(16)


def on_air_for() -> stat.Panel:
    """For how long each stream has been on the air."""
    about = About(
        "Time on air",
        "Time since each stream's source last connected. At most as many streams as chosen under Lines, those with the "
        "most listeners.",
        units.SECONDS,
    )
    panel = numbers(about, Ask(figures.most_heard(figures.ON_AIR_FOR), STREAM_NAME)).decimals(1).height(9)
    return panel.text_mode(shared.BigValueTextMode.AUTO).span(10)


def last_day() -> table.Panel:
    """Whether each stream is on air, for how long, and how much of the last 24 hours it was."""
    about = About(
        "Streams, last 24 hours",
        "Time on air since the source last connected; share of the last 24 hours on air, and the time off air. "
        "Nothing counts of the time in which the exporter did not watch.",
        units.COUNT,
    )
    down = recorded_stream("mount:radio_stream_down_seconds:sum1d")
    shown = [
        columns.STATE,
        columns.ON_AIR_FOR,
        columns.availability("1d"),
        Column("Off air 1 d", down, unit=units.SECONDS, decimals=1, words=[words.NONE_AT_ZERO], width=120),
    ]
    return rows(about, Rows(columns.STREAM, columns.STREAM_KEYS, shown, sort_by="Off air 1 d", descending=True)).span(
        14
    )


def servers() -> table.Panel:
    """The servers behind the streams."""
    about = About(
        "Servers",
        "The streaming servers. Clients are all connections: listeners, sources and readers of the statistics. "
        "Banned addresses are Icecast-KH's figure.",
        units.COUNT,
    )
    told = [
        ("icecast_server_start_timestamp_seconds", "Started", units.AGO, " * 1000"),
        ("icecast_sources", "Sources", units.COUNT, ""),
        ("icecast_clients", "Clients", units.COUNT, ""),
        ("icecast_banned_ips", "Banned addresses", units.COUNT, ""),
    ]
    shown = [
        Column("State", figures.SERVER_UP, words=[words.ANSWERS], painted=True, width=150),
        Column("Listeners", recorded_server("server:radio_listeners:current"), decimals=0, width=100),
    ]
    for metric, title, unit, factor in told:
        expression = _or_not_told_by_server(f"{per_server(of_server(metric))}{factor}")
        shown.append(Column(title, expression, unit=unit, decimals=0, words=[words.NOT_TOLD_WORD], width=135))
    shown += [_answered("1d"), _answered("30d")]
    info = of_server("icecast_server_info")
    known = f"{info} or {figures.SERVER_UP} unless on (server) {info}"
    shown.append(Column("Known", known, hidden=True, told=["version", "location", "host"]))
    keys = [
        Key("server", "Server", link=links.to_server(), width=150),
        Key("version", "Version", width=170),
        Key("host", "Host", width=170),
        Key("location", "Location", width=150),
    ]
    return rows(about, Rows(["server"], keys, shown, sort_by="Server")).span(24)


def _told(title: str, expression: str, unit: str = units.COUNT, width: int | None = None) -> Column:
    """A figure that not every server says."""
    shown = figures.otherwise_not_told(expression)
    return Column(title, shown, unit=unit, decimals=0, words=[words.NOT_TOLD_WORD], width=width)


def _answered(window: str) -> Column:
    rule = recorded_server(f"server:radio_up:ratio{window}")
    title = f"Answered {window[:-1]} {window[-1]}"
    return Column(title, rule, unit=units.SHARE, decimals=3, width=130)


def _or_not_told_by_server(expression: str) -> str:
    return f"{expression} or {figures.SERVER_UP} * 0 + {words.NOT_TOLD}"
