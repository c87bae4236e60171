"""Every query of a dashboard as Prometheus is asked it: panels, variables and annotations, variables filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "dashboards"

# What Grafana works out by itself: here as for a chart of the last hour, scraped every 5 s or 15 s.
GRAFANA = {
    "__range": "1h",
    "__range_s": "3600",
    "__interval": "15s",
    "__rate_interval": "1m",
}
# "All" where the dashboard lists the choices instead of naming a pattern: those of config/prometheus/prometheus.yml.
CHOICES = {"job": "radio-exporter", "instance": ".+"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)")
_LABEL_VALUES = re.compile(r"^label_values\((.+),\s*(\w+)\)$", re.DOTALL)


Source = Literal["prometheus", "loki"]


@dataclass(frozen=True, slots=True)
class Query:
    """One expression to ask. For a variable it is the selector of the series whose `label` gives the choices."""

    dashboard: str
    where: str
    ref: str
    kind: Literal["panel", "variable", "annotation"]
    expr: str
    instant: bool
    label: str = ""
    source: Source = "prometheus"

    def __str__(self) -> str:
        return f"{self.dashboard}, {self.kind} {self.where!r}, query {self.ref}: {self.expr}"

    def path(self, now: float, seconds: int = 300, step: int = 15) -> str:
        """Path and query string for Prometheus' HTTP API: what it answers in `data` must not be empty."""
        start = now - seconds
        if self.kind == "variable":
            return f"/api/v1/label/{self.label}/values?" + urlencode({"match[]": self.expr, "start": start, "end": now})
        if self.instant:
            return "/api/v1/query?" + urlencode({"query": self.expr, "time": now})
        asked = {"query": self.expr, "start": start, "end": now, "step": step}
        return "/api/v1/query_range?" + urlencode(asked)


def dashboards() -> list[Path]:
    """The committed dashboards."""
    return sorted(FOLDER.glob("*.json"))


def load(path: Path) -> dict[str, Any]:
    """Read a dashboard."""
    return json.loads(path.read_text(encoding="utf-8"))


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel, those inside collapsed rows too; rows themselves are left out."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels") or []
        else:
            yield panel


def panel_queries(path: Path, source: Source = "prometheus") -> list[Query]:
    """Every query of the dashboard in this file to one kind of source, variables set to what they are on opening it."""
    dashboard = load(path)
    values = variable_values(dashboard)
    asked = [*_of_panels(dashboard, values), *_of_variables(dashboard, values), *_of_annotations(dashboard, values)]
    return [query for query in asked if query.source == source]


def variable_values(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Grafana's own variables and the dashboard's, as they are when it is opened."""
    values = dict(GRAFANA)
    for variable in dashboard["templating"]["list"]:
        current = variable["current"]["value"]
        everything = current in ("$__all", ["$__all"])
        name = variable["name"]
        values[name] = (variable.get("allValue") or CHOICES[name]) if everything else current
    return values


def expand(expression: str, values: Mapping[str, str]) -> str:
    """Fill in the variables; `$1` of label_replace is none. An unknown variable is a KeyError."""
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], expression)


def _of_panels(dashboard: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Query]:
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            expression = expand(target["expr"], {**values, **_step(target)})
            instant = bool(target.get("instant"))
            source = target["datasource"]["type"]
            yield Query(dashboard["uid"], panel["title"], target["refId"], "panel", expression, instant, source=source)


def _step(target: Mapping[str, Any]) -> dict[str, str]:
    """A query's own distance between points, if it has one, is what Grafana makes of $__interval."""
    return {"__interval": target["interval"]} if "interval" in target else {}


def _of_variables(dashboard: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Query]:
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        found = _LABEL_VALUES.match(variable["query"]["query"])
        if found is None:
            raise ValueError(f"variable {variable['name']}: only label_values(series, label) is understood")
        series = expand(found[1], values)
        yield Query(dashboard["uid"], variable["name"], "Variable", "variable", series, instant=True, label=found[2])


def _of_annotations(dashboard: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Query]:
    for annotation in dashboard["annotations"]["list"]:
        expression = expand(annotation["expr"], values)
        source = annotation["datasource"]["type"]
        yield Query(
            dashboard["uid"], annotation["name"], "Anno", "annotation", expression, instant=False, source=source
        )
