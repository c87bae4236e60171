"""Marks on charts: when a stream began again, and while it was off air; where asked for, tracks and events."""

from grafana_foundation_sdk.builders import dashboard, loki, prometheus

from . import colours, event_log, figures
from .queries import of_studio, per_stream
from .variables import DATASOURCE, LOKI

_SIX_HOURS = 21_600
# Grafana looks once a minute if it is not told otherwise, and would miss whatever is shorter.
_SHORTEST = "15s"


def reconnects() -> dashboard.AnnotationQuery:
    """A line at each start of a stream: the series' own value is the time of the mark."""
    started = f"{per_stream(figures.STREAM_START)} * 1000"
    mark = _annotation("Stream started", started, colours.SKY)
    return mark.use_value_for_time(True).title_format("Stream started").text_format("{{mount}} on {{server}}")


def off_air() -> dashboard.AnnotationQuery:
    """A band from going off air until coming back: Grafana draws where the value is above 0."""
    mark = _annotation("Off air", f"1 - {figures.STREAM_UP}", colours.VERMILION)
    return mark.title_format("Off air").text_format("{{mount}} on {{server}}")


def track_changes() -> dashboard.AnnotationQuery:
    """A line at each start of a track, while at most six hours are chosen: a day has too many to see anything."""
    track = f"max by (server, songtype, artist, title) ({of_studio('sam_track_info')})"
    began = f"max by (server) ({of_studio('sam_track_started_timestamp_seconds')}) * 1000"
    shown = f"({track} * on (server) group_left () {began}) and on () (vector($__range_s) <= {_SIX_HOURS})"
    mark = _annotation("Tracks (up to 6 hours)", shown, colours.GREEN, tags="server,songtype")
    mark.use_value_for_time(True).step(_SHORTEST)
    return mark.title_format("{{artist}}: {{title}}").text_format("{{server}}")


def events() -> dashboard.AnnotationQuery:
    """A line at each warning and worse of the event log, of the chosen streams or of none.

    Where there is no Loki, the switch above the panels has a warning sign, and the charts are as they were.
    """
    query = loki.Dataquery().expr(event_log.AMISS).ref_id("Anno").datasource(LOKI).query_type("range")
    mark = dashboard.AnnotationQuery().name("Events").datasource(LOKI).enable(True).icon_color(colours.AMBER)
    mark.expr(event_log.AMISS).target(query).tag_keys("level,category,source")
    # The text is the line itself.
    return mark.title_format("{{event}}")


def _annotation(name: str, expression: str, colour: str, tags: str = "server,mount") -> dashboard.AnnotationQuery:
    query = prometheus.Dataquery().expr(expression).ref_id("Anno").datasource(DATASOURCE).range()
    annotation = dashboard.AnnotationQuery().name(name).datasource(DATASOURCE).enable(True).icon_color(colour)
    # Older Grafanas read the expression, newer ones the query.
    return annotation.expr(expression).target(query).tag_keys(tags)
