"""Marks on every chart: when a stream began again, and while it was off air."""

from grafana_foundation_sdk.builders import dashboard, prometheus

from . import colours, figures
from .queries import per_stream
from .variables import DATASOURCE


def reconnects() -> dashboard.AnnotationQuery:
    """A line at each start of a stream: the series' own value is the time of the mark."""
    started = f"{per_stream(figures.STREAM_START)} * 1000"
    mark = _annotation("Stream started", started, colours.SKY)
    return mark.use_value_for_time(True).title_format("Stream started").text_format("{{mount}} on {{server}}")


def off_air() -> dashboard.AnnotationQuery:
    """A band from going off air until coming back: Grafana draws where the value is above 0."""
    mark = _annotation("Off air", f"1 - {figures.STREAM_UP}", colours.VERMILION)
    return mark.title_format("Off air").text_format("{{mount}} on {{server}}")


def _annotation(name: str, expression: str, colour: str) -> dashboard.AnnotationQuery:
    query = prometheus.Dataquery().expr(expression).ref_id("Anno").datasource(DATASOURCE).range()
    annotation = dashboard.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(colour)
    # Older Grafanas read the expression, newer ones the query.
    return annotation.expr(expression).target(query).tag_keys("server,mount")
