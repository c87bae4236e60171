"""Charts of days: one point a day, today's among them, so far as it has come.

A point stands at the midnight that begins its day and looks forward (a negative offset): Grafana puts a chart's points
on midnights of the dashboard's time zone, and the last of them is today's.
"""

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import common as shared
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from .asking import Ask
from .panels import About, chart

STEP = "1d"


def of_each_day(function: str, selected: str, resolution: str = "") -> str:
    """A function over each day; `resolution` where `selected` is no plain selector."""
    window = f"$__interval:{resolution}" if resolution else "$__interval"
    return f"{function}({selected}[{window}] offset -$__interval)"


def days(about: About, *asked: Ask) -> timeseries.Panel:
    """A chart of the last 30 days, whatever time is chosen."""
    panel = chart(about, *[Ask(ask.expression, ask.legend, STEP) for ask in asked])
    return panel.time_from("30d").hide_time_override(False)


def bars() -> list[DynamicConfigValue]:
    """Build the properties of a series drawn as one bar a day, beside lines."""
    style = DynamicConfigValue("custom.drawStyle", shared.GraphDrawStyle.BARS)
    return [style, DynamicConfigValue("custom.fillOpacity", 60), DynamicConfigValue("custom.barWidthFactor", 0.8)]
