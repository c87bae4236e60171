"""Event log: what happened, how often, and every line of it."""

from grafana_foundation_sdk.builders import bargauge, logs, stat, timeseries

from . import colours, event_log, links, units, words
from .asking import Ask
from .board import Board, Section
from .panels import About, bars, event_bars, fixed_colour, log_bars, log_lines, numbers, steps
from .queries import EXPORTER

_COLOURS = {
    "debug": colours.GREY,
    "info": colours.SKY,
    "warning": colours.AMBER,
    "error": colours.VERMILION,
    "critical": colours.PINK,
}
_CHOSEN = 'level=~"$level",category=~"$category"'


def _counted(window: str, chosen: str = _CHOSEN) -> str:
    return f"increase(radio_events_total{{{EXPORTER},{chosen}}}[{window}])"


def _number(title: str, description: str, levels: str, colour: str) -> stat.Panel:
    counted = _counted("$__range", f'level=~"{levels}",category=~"$category"')
    panel = numbers(About(title, description, units.COUNT), Ask(f"sum({counted}) or vector(0)")).decimals(0)
    return panel.mappings([words.NONE_AT_ZERO]).thresholds(steps({0.5: colour}, base=colours.GOOD)).span(6)


def _errors() -> stat.Panel:
    return _number("Errors", "Errors and worse in the chosen time.", "error|critical", colours.BAD)


def _warnings() -> stat.Panel:
    return _number("Warnings", "Warnings in the chosen time.", "warning", colours.WARNING)


def _all() -> stat.Panel:
    about = About("Events", "Events of the chosen levels and categories in the chosen time.", units.COUNT)
    return numbers(about, Ask(f"sum({_counted('$__range')}) or vector(0)")).decimals(0).span(6)


def _dropped() -> stat.Panel:
    about = About(
        "Lost",
        "Events of the chosen time that did not get into a log: the store or Loki was away for too long, or too many "
        "came at once.",
        units.COUNT,
    )
    dropped = f"sum(increase(radio_events_dropped_total{{{EXPORTER}}}[$__range])) or vector(0)"
    panel = numbers(about, Ask(dropped)).decimals(0).mappings([words.NONE_AT_ZERO])
    return panel.thresholds(steps({0.5: colours.WARNING}, base=colours.GOOD)).span(6)


def _by_level() -> timeseries.Panel:
    about = About("By level", "How many events of each level the exporter has seen.", units.COUNT)
    return _painted(event_bars(about, Ask(f"sum by (level) ({_counted('$__rate_interval')})", "{{level}}"))).span(12)


def _by_category() -> timeseries.Panel:
    about = About("By category", "How many events about each part of the station the exporter has seen.", units.COUNT)
    counted = f"sum by (category) ({_counted('$__rate_interval')})"
    return event_bars(about, Ask(counted, "{{category}}")).span(12)


def _most_frequent() -> bargauge.Panel:
    about = About("Most frequent", "What happened most often in the chosen time.", units.COUNT)
    often = f"sort_desc(topk($top, sum by (event, level) ({_counted('$__range')}) > 0))"
    return bars(about, Ask(often, "{{event}} · {{level}}")).decimals(0).no_value("nothing").span(8)


def _lines_counted() -> timeseries.Panel:
    about = About(
        "Lines over time",
        "Lines of the log below, by level: those with the chosen text. Loki counts them, with those that came late.",
        units.COUNT,
    )
    counted = f"sum by (level) (count_over_time({event_log.CHOSEN} [$__interval]))"
    return _painted(log_bars(about, Ask(counted, "{{level}}"))).span(16)


def _lines() -> logs.Panel:
    about = About(
        "Log",
        "What happened, the newest first. A click on a line shows what else is known: the event's name, who says so, "
        "deck, song, encoder, server and mount. It is kept in Loki; without one this panel and the one above say so.",
        units.NUMBER,
    )
    return log_lines(about, Ask(event_log.CHOSEN)).span(24)


def _painted(panel: timeseries.Panel) -> timeseries.Panel:
    for level, colour in _COLOURS.items():
        panel.override_by_name(level, [fixed_colour(colour)])
    return panel


BOARD = Board(
    uid=links.EVENTS,
    title="Radio / Event log",
    description="What happened: streams, decks, encoders, databases, requests and the exporter itself, line by line.",
    unused_variables=["server", "mount", "channel"],
    own_variables=["loki", "level", "category", "text"],
    events=True,
    sections=[
        Section("", [_errors(), _warnings(), _all(), _dropped()]),
        Section("", [_by_level(), _by_category()]),
        Section("Log", [_most_frequent(), _lines_counted(), _lines()]),
    ],
)
