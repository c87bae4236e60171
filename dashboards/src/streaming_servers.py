"""Streaming servers: sessions and bandwidth by server, channel, place, protocol and device; and what comes in."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, table, timeseries

from . import audience_figures as figures
from . import ingest_panels, links, units
from .asking import Ask
from .board import Board, Section
from .panels import About, chart, event_bars, numbers
from .queries import SERVER, of_exporter, of_server
from .tables import Column, Key, Rows, rows

_MOST = "At most as many lines as chosen under Lines, the largest."
_EVERYBODY = "Of all servers and channels."
_SENT = "radio_session_sent_bytes_total"
_SERVER_ACTIVE = f"max by (server) ({of_server('radio_server_sessions_active')})"


def _servers() -> stat.Panel:
    about = About("Servers", "Servers that somebody listens to at this moment, and all that are known.", units.COUNT)
    heard = Ask(f"count({_SERVER_ACTIVE} > 0) or {figures.NOTHING}", "in use")
    return numbers(about, heard, Ask(f"count({_SERVER_ACTIVE})", "of")).decimals(0).span(5)


def _sessions() -> stat.Panel:
    about = About("Sessions now", "Sessions at this moment, of people: relays and bots are left out.", units.COUNT)
    return numbers(about, Ask(figures.NOW)).decimals(0).span(4)


def _starts() -> stat.Panel:
    about = About("Sessions a minute", "Sessions that began, a minute, over the last five.", units.COUNT)
    return numbers(about, Ask(f"60 * sum(server:radio_sessions_started:rate5m{{{SERVER}}})")).decimals(1).span(5)


def _bandwidth() -> stat.Panel:
    about = About("Sent now", "To all listeners together, over the last five minutes.", units.BITS_PER_SECOND)
    return numbers(about, Ask(f"8 * sum(server:radio_session_sent_bytes:rate5m{{{SERVER}}})")).decimals(1).span(5)


def _volume() -> stat.Panel:
    about = About("Sent in the chosen time", "To all listeners of the chosen channels together.", units.BYTES)
    return numbers(about, Ask(f"sum({figures.increase(_SENT)})")).decimals(1).span(5)


def _server_table() -> table.Panel:
    about = About(
        "Each server",
        "Sessions at this moment, their share and the most of the chosen time; sessions that began and what was sent "
        "in it; the bit rate of the last five minutes.",
        units.COUNT,
    )
    peak = f"max_over_time(server:radio_sessions_active:current{{{SERVER}}}[$__range:$__interval])"
    shown = [
        Column("Sessions", _SERVER_ACTIVE, decimals=0, width=100),
        Column("Share", f"{_SERVER_ACTIVE} / on () group_left () (sum({_SERVER_ACTIVE}) > 0) or {_SERVER_ACTIVE} * 0",
               unit=units.SHARE, decimals=1, width=90),
        Column("Peak", f"{peak} or {_SERVER_ACTIVE}", decimals=0, width=90),
        Column("Started", _of_server("radio_server_sessions_started_total"), decimals=0, width=95),
        Column("Sending", f"8 * server:radio_session_sent_bytes:rate5m{{{SERVER}}}", unit=units.BITS_PER_SECOND,
               decimals=1, width=115),
        Column("Sent", _of_server("radio_server_sent_bytes_total"), unit=units.BYTES, decimals=1, width=110),
    ]  # fmt: skip
    key = Key("server", "Server", width=170)
    return rows(about, Rows(["server"], [key], shown, sort_by="Sessions", descending=True)).span(12)


def _channel_table() -> table.Panel:
    about = About(
        "Each channel on each server",
        "Sessions at this moment; sessions that began, hours listened and what was sent in the chosen time.",
        units.COUNT,
    )
    shown = [
        Column("Sessions", figures.ACTIVE, decimals=0, width=100),
        Column("Started", figures.increase("radio_sessions_started_total"), decimals=0, width=95),
        Column("Hours", f"{figures.increase('radio_listening_seconds_total')} / 3600", decimals=1, width=90),
        Column("Sent", figures.increase(_SENT), unit=units.BYTES, decimals=1, width=110),
    ]
    keys = [Key("server", "Server", width=150), Key("channel", "Channel", link=links.to_channel())]
    return rows(about, Rows(["server", "channel"], keys, shown, sort_by="Sessions", descending=True)).span(12)


def _sessions_by(title: str, level: str, expression: str) -> timeseries.Panel:
    about = About(title, f"Sessions at one time. {_MOST}", units.COUNT)
    return chart(about, Ask(_largest(expression, [level]), f"{{{{{level}}}}}")).decimals(0)


def _dimension(title: str, level: str) -> timeseries.Panel:
    active = f"max by ({level}) ({of_exporter(f'radio_{level}_sessions_active')})"
    panel = _sessions_by(title, level, active)
    return panel.description(f"Sessions at one time. {_EVERYBODY} {_MOST}").span(8)


def _sent_by(title: str, level: str, selected: str = "") -> timeseries.Panel:
    about = About(
        title, f"Bit rate over five minutes{'' if selected else '. ' + _EVERYBODY[:-1]}. {_MOST}", units.BITS_PER_SECOND
    )
    rate = f"8 * {level}:radio_session_sent_bytes:rate5m{selected}"
    return chart(about, Ask(_largest(rate, [level]), f"{{{{{level}}}}}"))


def _ended() -> timeseries.Panel:
    about = About(
        "Sessions that began and ended",
        "Of the chosen servers and channels. Many that end at once are a server that was restarted, or a line that "
        "broke.",
        units.COUNT,
    )
    asked = []
    for word, name, by in (("started", "began", ""), ("closed", "ended", "reason")):
        counted = figures.increase(f"radio_sessions_{word}_total", "$__rate_interval", by=by)
        asked.append(Ask(f"sum({counted}) or {figures.NOTHING}", name))
    return event_bars(about, *asked).stacking(ingest_panels.beside()).span(24)


def _of_server(metric: str) -> str:
    return f"max by (server) (increase({of_server(metric, '$__range')}))"


def _largest(expression: str, labels: Sequence[str]) -> str:
    """Only the $top series that were the largest of the chosen time: the same at every step."""
    chosen = f"topk($top, max_over_time(({expression})[$__range:$__interval] @ end()))"
    return f"({expression}) and on ({', '.join(labels)}) {chosen}"


BOARD = Board(
    uid=links.STREAMING_SERVERS,
    title="Radio / Streaming servers",
    description="Sessions and bandwidth by server, channel, country, protocol and kind of device; and what comes in.",
    unused_variables=["mount"],
    sections=[
        Section("", [_servers(), _sessions(), _starts(), _bandwidth(), _volume()]),
        Section("", [_server_table(), _channel_table()]),
        Section(
            "Sessions",
            [
                _sessions_by("Sessions by server", "server", _SERVER_ACTIVE).span(12),
                _sessions_by("Sessions by channel", "channel", f"sum by (channel) ({figures.ACTIVE})").span(12),
                _dimension("Sessions by country", "country"),
                _dimension("Sessions by protocol", "protocol"),
                _dimension("Sessions by kind of device", "player_class"),
                _ended(),
            ],
        ),
        Section(
            "Bandwidth",
            [
                _sent_by("Sent by server", "server", f"{{{SERVER}}}").span(12),
                _sent_by("Sent by channel", "channel", '{channel=~"$channel"}').span(12),
                _sent_by("Sent by country", "country").span(8),
                _sent_by("Sent by protocol", "protocol").span(8),
                _sent_by("Sent by kind of device", "player_class").span(8),
            ],
        ),
        Section("What comes in", ingest_panels.incoming()),
        Section("Store", ingest_panels.store()),
    ],
)
