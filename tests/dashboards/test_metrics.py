"""No dashboard for metrics that nobody exports."""

import re

import pytest
import yaml

from tests.dashboards.promql import Used, used_metrics
from tests.dashboards.queries import ROOT, dashboards, panel_queries

PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS", "ALERTS_FOR_STATE"}
HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


def documented() -> set[str]:
    """The families of docs/metrics.md."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


def recorded() -> set[str]:
    """What the recording rules give."""
    files = sorted((ROOT / "alerting" / "rules").glob("*.yml"))
    groups = [group for path in files for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    return {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}


@pytest.mark.parametrize("path", dashboards(), ids=lambda path: path.stem)
def test_every_metric_is_documented_or_recorded(path):
    known = PROMETHEUS | documented() | recorded()
    names = {used.name for query in panel_queries(path) for used in used_metrics(query.expr)}
    assert names
    assert not {name for name in names if name not in known and HISTOGRAM.sub("", name) not in known}


@pytest.mark.parametrize(
    ("expression", "used"),
    [
        ("up", [Used("up")]),
        ('max by (server) (icecast_up{job=~"$job"})', [Used("icecast_up", "max")]),
        ("sum(rate(a_total[5m]))", [Used("a_total", "rate", "5m")]),
        ("a:b:c / on (x) group_left () (d > 0) or vector(NaN)", [Used("a:b:c"), Used("d")]),
        ('label_replace(a{b="c,d"}, "e", "$1", "f", "(g)")', [Used("a", "label_replace")]),
        ("x offset 1w and y @ end()", [Used("x"), Used("y")]),
        ('{__name__=~"a|b",c="d"}', [Used("a"), Used("b")]),
    ],
)
def test_metrics_are_found_in_expressions(expression, used):
    assert list(used_metrics(expression)) == used
