"""Every query of every dashboard is PromQL (or LogQL), and its variables can be filled in."""

import subprocess

import pytest
import yaml

from tests.dashboards.queries import dashboards, expand, panel_queries
from tests.services import need

EVENTS = {"radio-events", "radio-listeners", "radio-overview", "radio-playout", "radio-streams"}
"""The dashboards on whose charts the event log is marked."""
TRACK_CHANGES = {"radio-listeners", "radio-music", "radio-streams"}
"""The dashboards on whose charts a track's beginning is marked."""


def test_variables_are_filled_in():
    values = {"server": ".+", "__rate_interval": "1m"}
    assert expand('a{server=~"$server"}[$__rate_interval]', values) == 'a{server=~".+"}[1m]'
    assert expand('${server:queryparam} "$1"', values) == '.+ "$1"'
    with pytest.raises(KeyError, match="mount"):
        expand("$mount", values)


def test_panels_variables_and_annotations_are_all_there():
    for path in dashboards():
        kinds = [query.kind for query in panel_queries(path)]
        assert kinds.count("variable") == 7
        assert kinds.count("annotation") == (3 if path.stem in TRACK_CHANGES else 2)
        kinds += [query.kind for query in panel_queries(path, "loki")]
        assert kinds.count("panel") >= 9
        assert [query.where for query in panel_queries(path, "loki") if query.kind == "annotation"] == (
            ["Events"] if path.stem in EVENTS else []
        )


def test_no_variable_is_left_over():
    for path in dashboards():
        for query in [*panel_queries(path), *panel_queries(path, "loki")]:
            assert "$" not in query.expr.replace('"$1"', ""), query


def test_paths_ask_prometheus_in_the_right_way():
    asked = {query.kind: query.path(now=1000.0) for query in panel_queries(dashboards()[0]) if not query.instant}
    assert asked["annotation"].startswith("/api/v1/query_range?query=")
    assert asked["panel"].endswith("&start=700.0&end=1000.0&step=15")
    variable = next(query for query in panel_queries(dashboards()[0]) if query.kind == "variable")
    assert variable.path(now=1000.0).startswith("/api/v1/label/job/values?match%5B%5D=radio_exporter_build_info")


def test_prometheus_parses_every_query(tmp_path):
    need("promtool")
    queries = [query for path in dashboards() for query in panel_queries(path)]
    rules = [{"record": f"query:{number}:parses", "expr": query.expr} for number, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}), encoding="utf-8")
    checked = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
