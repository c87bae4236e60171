"""Station overview: is the station on air, who listens, and does anything need a person."""

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from . import colours, columns, figures, links, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, chart, dashed, fixed_colour, numbers, steps
from .tables import Column, Key, Rows, rows

_NOW = f"sum({figures.LISTENERS})"
_WEEK_AGO = f"sum({figures.LISTENERS} offset 1w)"
_NOT_RECORDED = words.say_nothing_there("not recorded yet")
# Alerts that name no server or mount concern everybody, whatever is chosen.
_ALERTS = 'ALERTS{server=~"$server|",mount=~"$mount|"}'


def _on_air() -> stat.Panel:
    about = About(
        "On air?",
        "The worst state among the chosen streams. Streams of a server that cannot be read are neither on nor off "
        "air: nobody knows.",
        units.NUMBER,
    )
    panel = numbers(about, Ask(f"min({figures.stream_state()})")).mappings([words.STREAM_STATE]).span(4)
    return panel.color_mode(shared.BigValueColorMode.BACKGROUND_SOLID)


def _streams() -> stat.Panel:
    about = About(
        "Streams on air",
        "How many of the known streams are on air. A stream that left stays known for a while, an expected one for "
        "ever.",
        units.COUNT,
    )
    up = Ask(f"sum({figures.STREAM_UP})", "on air")
    return numbers(about, up, Ask(f"count({figures.STREAM_UP})", "of")).decimals(0).span(4)


def _listeners() -> stat.Panel:
    about = About(
        "Listeners now",
        "People listening at this moment. Other servers that relay a stream are left out where they can be told apart.",
        units.COUNT,
    )
    return numbers(about, Ask(_NOW)).decimals(0).span(4)


def _against_last_week() -> stat.Panel:
    about = About(
        "Against last week",
        "Listeners at this time a week ago, and how many more or fewer there are now. Needs a week of recorded "
        "figures.",
        units.COUNT,
    )
    change = f"{_NOW} / ({_WEEK_AGO} > 0) - 1 or vector(NaN)"
    panel = numbers(about, Ask(f"{_WEEK_AGO} or vector(NaN)", "a week ago"), Ask(change, "change"))
    panel.decimals(0).mappings([_NOT_RECORDED]).span(6)
    fewer = steps({-0.5: colours.WARNING, -0.2: colours.PLAIN}, base=colours.BAD)
    return panel.override_by_query(
        "B", [DynamicConfigValue("unit", units.SHARE), DynamicConfigValue("thresholds", fewer.build())]
    )


def _peak() -> stat.Panel:
    about = About(
        "Peak today",
        "Most listeners at one time since midnight (of the whole chosen time, if that is not one that ends now).",
        units.COUNT,
    )
    panel = numbers(about, Ask(f"max_over_time({_NOW}[$__range:1m]) or {_NOW}")).decimals(0).span(3)
    return panel.time_from("now/d").hide_time_override(True)


def _alert_count() -> stat.Panel:
    about = About(
        "Alerts firing",
        "Critical alerts wake someone; warnings can wait for morning. Alerts that are silenced are counted too.",
        units.COUNT,
    )

    def firing(severity: str) -> str:
        return f'count(ALERTS{{alertstate="firing",severity="{severity}"}}) or vector(0)'

    panel = numbers(about, Ask(firing("critical"), "critical"), Ask(firing("warning"), "warning"))
    panel.mappings([words.NONE_AT_ZERO]).thresholds(steps({1: colours.WARNING}, base=colours.GOOD)).span(3)
    return panel.override_by_query(
        "A", [DynamicConfigValue("thresholds", steps({1: colours.BAD}, base=colours.GOOD).build())]
    )


def _stream_table() -> table.Panel:
    about = About(
        "Streams",
        "One row for each stream; a click on a mount shows everything about it. The bit rate is what arrives from "
        "the source, averaged over 5 minutes, or what the source declares where the server does not count. "
        f"Availability is blue at {figures.OBJECTIVE:.1%} and above.",
        units.COUNT,
    )
    bit_rate = Column(
        "Bit rate", f"({figures.RECEIVED} or {figures.DECLARED}) * 8", unit=units.BITS_PER_SECOND, decimals=0, width=110
    )
    shown = [columns.STATE, columns.LISTENERS, columns.ON_AIR_FOR, bit_rate]
    shown += [columns.availability("1d"), columns.availability("30d")]
    return rows(about, Rows(columns.STREAM, columns.STREAM_KEYS, shown, sort_by="Listeners", descending=True)).span(15)


def _alert_table() -> table.Panel:
    about = About(
        "Current alerts",
        "Every alert that fires or is about to. Watchdog always fires: while it stands here, alerts are being "
        "evaluated.",
        units.COUNT,
    )
    since = f"{_ALERTS} * ignoring (alertstate) group_left () ALERTS_FOR_STATE * 1000"
    keys = [
        Key("alertname", "Alert", width=170),
        Key("alertstate", "State", words=[words.ALERT_STATE], width=110),
        Key("severity", "Severity", words=[words.SEVERITY], width=190),
        Key("server", "Server", link=links.to_server(), width=90),
        Key("mount", "Mount", link=links.to_stream(), width=110),
    ]
    labels = [key.label for key in keys]
    column = Column("Since", since, unit=units.AGO, width=120)
    return rows(about, Rows(labels, keys, [column], sort_by="Since", descending=True)).span(9)


def _curve() -> timeseries.Panel:
    about = About(
        "Listeners",
        "People listening to all chosen streams together, and the same a week before. Marks show streams that "
        "started, bands show streams off air.",
        units.COUNT,
    )
    panel = chart(about, Ask(_NOW, "now"), Ask(f"{_WEEK_AGO} or vector(NaN)", "a week before")).decimals(0).span(24)
    panel.line_width(2).override_by_name("now", [fixed_colour(colours.SKY)])
    return panel.override_by_name("a week before", [fixed_colour(colours.GREY), *dashed()])


def _curve_by_stream() -> timeseries.Panel:
    about = About(
        "Listeners by stream",
        "People listening to each stream; at most as many streams as chosen under Lines, those with the most "
        "listeners.",
        units.COUNT,
    )
    return chart(about, Ask(figures.most_heard(figures.LISTENERS), "{{mount}} · {{server}}")).decimals(0).span(24)


BOARD = Board(
    uid=links.OVERVIEW,
    title="Radio / Station overview",
    description="Is the station on air, how many people listen, and does anything need attention?",
    unused_variables=["channel"],
    events=True,
    sections=[
        Section("", [_on_air(), _streams(), _listeners(), _against_last_week(), _peak(), _alert_count()]),
        Section("", [_stream_table(), _alert_table()]),
        Section("", [_curve()]),
        Section("", [_curve_by_stream()]),
    ],
)
