"""The frame of a dashboard: what is the same on all of them, and where the panels go."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from . import annotations, links
from .variables import variables

Panels = Sequence[Builder[dashboard.Panel]]


@dataclass(frozen=True, slots=True)
class Section:
    """Panels from left to right; their widths fill whole lines of 24. A section without a title has no heading."""

    title: str
    panels: Panels


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: its identity, its words, its panels."""

    uid: str
    title: str
    description: str
    sections: Sequence[Section]
    unused_variables: Iterable[str] = ()
    # Variables that few dashboards show, and marks that few charts need.
    own_variables: Iterable[str] = ()
    track_changes: bool = False
    events: bool = False


def render(board: Board) -> str:
    """Give a dashboard as JSON text, the same for the same source."""
    encoded = json.loads(JSONEncoder().encode(_build(board)))
    for shown in [*encoded["links"], *encoded["annotations"]["list"]]:
        # The SDK sets the only placement it knows, a menu; without one they stand above the panels.
        shown.pop("placement", None)
    for number, panel in enumerate(encoded["panels"], start=1):
        panel["id"] = number
    return json.dumps(encoded, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _build(board: Board) -> dashboard.Dashboard:
    frame = (
        builders.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags([links.TAG])
        .readonly()
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .time("now-24h", "now")
        .refresh("10s")
        .timezone("browser")
        .link(links.to_all_dashboards())
        .annotation(annotations.off_air())
        .annotation(annotations.reconnects())
    )
    if board.track_changes:
        frame.annotation(annotations.track_changes())
    if board.events:
        frame.annotation(annotations.events())
    for variable in variables(board.unused_variables, board.own_variables):
        frame.with_variable(variable)
    for section in board.sections:
        if section.title:
            frame.with_row(builders.Row(section.title))
        for panel in section.panels:
            frame.with_panel(panel)
    return frame.build()
