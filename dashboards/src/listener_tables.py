"""The tables of the Listeners dashboard: channels, parts of the day, hours of the week."""

from grafana_foundation_sdk.builders import table

from . import audience_figures as figures
from . import units, words
from .matrix import Matrix, matrix
from .panels import About
from .tables import Column, Key, Rows, rows

_WINDOWS = ("1d", "7d", "30d")
_CHANNEL = Key("channel", "Channel", width=170)


def industry() -> table.Panel:
    """What Triton's Webcast Metrics call TLH, SS, AAS, ATSL, CUME and AQH."""
    about = About(
        "TLH, SS, AAS, ATSL, CUME and AQH",
        "Sessions of at least a minute, over the last day, 7 and 30 days. TLH: total listening hours. SS: sessions "
        "started. AAS: average active sessions. ATSL: average time spent listening. CUME: different people. AQH: "
        "people in the average quarter-hour. A period that is not over yet is averaged as far as it is known.",
        units.COUNT,
    )
    shown = []
    for title, figure, unit, decimals in (
        ("TLH", "radio_listening_hours:total", units.COUNT, 1),
        ("SS", "radio_qualified_sessions:total", units.COUNT, 0),
        ("AAS", "radio_qualified_sessions_active:avg", units.COUNT, 1),
        ("ATSL", "radio_time_spent_listening_seconds:avg", units.SECONDS, 0),
    ):
        shown += [
            _column(f"{title} {window}", figures.with_station(f"{figure}{window}"), unit, decimals)
            for window in _WINDOWS
        ]
    shown += [_column(f"CUME {window}", figures.cume(window), units.COUNT, 0) for window in _WINDOWS]
    for window in _WINDOWS:
        quarter = figures.with_station(f"radio_quarter_hour_listeners:avg{window}")
        shown.append(_column(f"AQH {window}", quarter, units.COUNT, 1))
    return rows(about, Rows(["channel"], [_CHANNEL], shown, sort_by="TLH 1d", descending=True)).span(24)


def parts_of_the_day() -> table.Panel:
    """The same by part of the day, of the whole station."""
    about = About(
        "Parts of the day",
        "Of the whole station, each part over its own hours. The clock is the station's; where the exporter does not "
        "say how far that is from UTC, it is UTC. Different people by part of the day: from the exporter's API.",
        units.COUNT,
    )
    shown = []
    for window in ("7d", "30d"):
        for title, figure, unit, decimals in (
            ("TLH", "radio_listening_hours:total", units.COUNT, 1),
            ("SS", "radio_qualified_sessions:total", units.COUNT, 0),
            ("AAS", "radio_qualified_sessions_active:avg", units.COUNT, 1),
            ("ATSL", "radio_time_spent_listening_seconds:avg", units.SECONDS, 0),
            ("AQH", "radio_quarter_hour_listeners:avg", units.COUNT, 1),
        ):
            expression = f"part:{figure}{window} or part:radio_day:current * 0 + {words.NOT_TOLD}"
            shown.append(_column(f"{title} {window}", expression, unit, decimals))
    key = Key("part", "Part of the day", words=[words.PART_OF_DAY], width=170)
    return rows(about, Rows(["part"], [key], shown, sort_by="AAS 7d", descending=True)).height(8).span(24)


def hours_of_the_week() -> table.Panel:
    """Weekday by hour, the average of four weeks."""
    about = About(
        "Hours of the week",
        "Average number of sessions of the whole station in each hour of the week, over the last four weeks, by the "
        "station's clock (UTC where the exporter does not say how far that is from it). Hours that have not been "
        "seen yet are empty.",
        units.COUNT,
    )
    content = Matrix(
        expression="hour:radio_sessions_active:avg28d",
        row="weekday",
        title="Weekday",
        column="hour",
        columns=[f"{hour:02}" for hour in range(24)],
        words=words.WEEKDAY,
    )
    return matrix(about, content).decimals(0).span(24)


def _column(title: str, expression: str, unit: str, decimals: int) -> Column:
    said = (words.NOT_YET, words.OF_NOBODY)
    return Column(title, expression, unit=unit, decimals=decimals, words=said, width=92)
