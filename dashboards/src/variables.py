"""The variables, the same on every dashboard, so that a link carries each choice along."""

from collections.abc import Iterable

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common, dashboard

from .queries import SERVER

DATASOURCE = common.DataSourceRef(type_val="prometheus", uid="$datasource")
LOKI = common.DataSourceRef(type_val="loki", uid="$loki")
EVERYTHING = dashboard.VariableOption(text=["All"], value=["$__all"], selected=True)
# Which figure of the query editor a label_values query is: Grafana numbers the kinds of variable query.
LABEL_VALUES = 1

# Those that are polled, and those that tell of their listeners themselves.
_SERVERS = '{__name__=~"server:radio_up:current|server:radio_sessions_active:current"}'

# Shown by the dashboards that name them, hidden by all others.
_SHOWN_IF_NAMED = {"studio", "window", "loki", "engine", "level", "category", "text"}

# As exporter/event.py has them: a test keeps both in step.
LEVELS = ("debug", "info", "warning", "error", "critical")
CATEGORIES = ("audio", "stream", "scheduler", "gateway", "scripting", "database", "system")

Variable = builders.DatasourceVariable | builders.QueryVariable | builders.CustomVariable | builders.TextBoxVariable


def variables(unused: Iterable[str] = (), own: Iterable[str] = ()) -> list[Variable]:
    """All variables; those a dashboard has no use for are hidden, yet kept for the links."""
    hidden = {*unused, *_SHOWN_IF_NAMED} - set(own)
    chosen: list[Variable] = [
        _source("datasource", "Data source", "The Prometheus that scrapes the exporter.", "prometheus"),
        _source("loki", "Event log", "The Loki that the exporter pushes its events to.", "loki"),
        # All jobs and instances are those listed here: `.+` would take in every other program that Prometheus scrapes.
        _labels("job", "Job", "radio_exporter_build_info", "Prometheus' name for the scrape of the exporter."),
        _labels("instance", "Instance", 'radio_exporter_build_info{job=~"$job"}', "Which exporter."),
        _labels("server", "Server", _SERVERS, "Streaming servers, by their configured names.").all_value(".+"),
        _labels("mount", "Mount", f"mount:radio_stream_up:current{{{SERVER}}}", "Their streams.").all_value(".+"),
        _labels(
            "channel", "Channel", "channel:radio_sessions_active:current", "Mounts, and streaming servers' media."
        ).all_value(".+"),
        _labels(
            "server", "Studio", "server:sam_up:current", "SAM's databases, by their configured names.", "studio"
        ).all_value(".+"),
        _labels("engine", "Engine", "radio_playout_up", "Playout engines, by their configured names.").all_value(".+"),
        _window(),
        _several("level", "Level", LEVELS, "How bad it is."),
        _several("category", "Category", CATEGORIES, "What part of the station it is about."),
        _text(),
        _top(),
    ]
    return [one.hide(dashboard.VariableHide.HIDE_VARIABLE) if one.build().name in hidden else one for one in chosen]


def _source(name: str, title: str, description: str, kind: str) -> builders.DatasourceVariable:
    """A choice of data sources of one kind."""
    return (
        builders.DatasourceVariable(name)
        .label(title)
        .description(description)
        .type(kind)
        .current(dashboard.VariableOption(text="default", value="default", selected=True))
    )


def _several(name: str, title: str, values: Iterable[str], description: str) -> builders.CustomVariable:
    """Any of a few words."""
    return (
        builders.CustomVariable(name)
        .label(title)
        .description(description)
        .values(",".join(values))
        .options([EVERYTHING, *(dashboard.VariableOption(text=one, value=one, selected=False) for one in values)])
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(EVERYTHING)
    )


def _text() -> builders.TextBoxVariable:
    return (
        builders.TextBoxVariable("text")
        .label("Text")
        .description("Part of a line; capitals do not matter.")
        .default_value("")
        .current(dashboard.VariableOption(text="", value="", selected=True))
    )


def _labels(name: str, title: str, series: str, description: str, variable: str = "") -> builders.QueryVariable:
    """Every value of one label; the variable is called as the label is, or otherwise."""
    query = f"label_values({series}, {name})"
    variable = variable or name
    return (
        builders.QueryVariable(variable)
        .label(title)
        .description(description)
        .datasource(DATASOURCE)
        .query({"query": query, "qryType": LABEL_VALUES, "refId": f"Variable-{variable}"})
        .definition(query)
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.NATURAL_ASC)
        .multi(True)
        .include_all(True)
        .current(EVERYTHING)
    )


def _top() -> builders.CustomVariable:
    numbers = ["10", "20", "50", "100"]
    return (
        builders.CustomVariable("top")
        .label("Lines")
        .description("How many streams, channels or servers a chart draws at most: the largest.")
        .values(",".join(numbers))
        .options([dashboard.VariableOption(text=one, value=one, selected=one == "20") for one in numbers])
        .current(dashboard.VariableOption(text="20", value="20", selected=True))
    )


def _window() -> builders.CustomVariable:
    named = {"1 day": "1d", "7 days": "7d", "30 days": "30d", "90 days": "90d", "a year": "365d", "ever": "all"}
    usual = "7 days"
    return (
        builders.CustomVariable("window")
        .label("Charts of")
        .description("The time that charts of songs, artists and requests are of: so long, up to now.")
        .values(",".join(f"{text} : {value}" for text, value in named.items()))
        .options(
            [dashboard.VariableOption(text=text, value=value, selected=text == usual) for text, value in named.items()]
        )
        .current(dashboard.VariableOption(text=usual, value=named[usual], selected=True))
    )
