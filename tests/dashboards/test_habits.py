"""The habits of docs and design: what every dashboard and every panel has, and what none may do."""

import re
from itertools import combinations

import pytest

from exporter.event import CATEGORIES, LEVELS
from tests.dashboards.promql import used_metrics
from tests.dashboards.queries import dashboards, load, panel_queries, panels

# Panels that current Grafana draws itself; graph, singlestat, table-old and the Angular ones are gone.
PANEL_TYPES = {"stat", "timeseries", "table", "state-timeline", "bargauge", "piechart", "geomap", "heatmap", "logs"}
PAIRS = [
    pytest.param(load(path), panel, id=f"{path.stem}-{panel['title']}")
    for path in dashboards()
    for panel in panels(load(path))
]
EACH_DASHBOARD = pytest.mark.parametrize("path", dashboards(), ids=lambda path: path.stem)
EACH_PANEL = pytest.mark.parametrize(("dashboard", "panel"), PAIRS)
EACH_METRICS_PANEL = pytest.mark.parametrize(
    ("dashboard", "panel"), [pair for pair in PAIRS if pair.values[1]["datasource"]["type"] == "prometheus"]
)
EACH_TABLE, EACH_CHART = (
    pytest.mark.parametrize(
        "panel", [pytest.param(pair.values[1], id=pair.id) for pair in PAIRS if pair.values[1]["type"] == kind]
    )
    for kind in ("table", "timeseries")
)
COUNTER = re.compile(r"_(total|bucket|count|sum)$")
COUNTER_WINDOWS = {"$__rate_interval", "$__range"}
# What a recorded figure of this level is chosen by; those of other levels are of the whole station.
CHOSEN_BY = {"mount": "$server", "server": "$server", "channel": "$channel"}
OF_STUDIOS = re.compile(r"(server|hour):sam_")


def test_the_dashboards_have_stable_uids():
    assert [load(path)["uid"] for path in dashboards()] == [
        "radio-audience-map", "radio-events", "radio-exporter", "radio-listeners", "radio-music", "radio-overview",
        "radio-playout", "radio-requests", "radio-streaming-servers", "radio-streams",
    ]  # fmt: skip


@EACH_DASHBOARD
def test_a_dashboard_has_the_habits_of_the_set(path):
    dashboard = load(path)
    assert dashboard["title"].startswith("Radio / ")
    assert dashboard["description"]
    assert dashboard["tags"] == ["radio"]
    assert dashboard["editable"] is False
    assert dashboard["refresh"] == "10s"
    assert dashboard["time"] == {"from": "now-24h", "to": "now"}
    assert dashboard["graphTooltip"] == 1
    assert "id" not in dashboard


@EACH_DASHBOARD
def test_a_dashboard_links_to_the_others_and_keeps_time_and_choices(path):
    (link,) = load(path)["links"]
    assert link["type"] == "dashboards"
    assert link["tags"] == ["radio"]
    assert link["keepTime"]
    assert link["includeVars"]
    assert "placement" not in link


@EACH_DASHBOARD
def test_all_dashboards_have_the_same_variables(path):
    variables = {variable["name"]: variable for variable in load(path)["templating"]["list"]}
    assert list(variables) == [
        "datasource", "loki", "job", "instance", "server", "mount", "channel", "studio", "engine", "window",
        "level", "category", "text", "top",
    ]  # fmt: skip
    for name, kind in (("datasource", "prometheus"), ("loki", "loki")):
        assert variables[name]["type"] == "datasource"
        assert variables[name]["query"] == kind
    for name in ("job", "instance", "server", "mount", "channel", "studio", "engine"):
        variable = variables[name]
        assert variable["datasource"] == {"type": "prometheus", "uid": "$datasource"}
        assert variable["multi"]
        assert variable["includeAll"]
        assert variable["label"]
        assert variable["refresh"] == 2
    music = path.stem in {"radio-music", "radio-requests"}
    assert [not variables[name].get("hide") for name in ("studio", "window")] == [music, music]
    assert variables["server"].get("hide") or not music
    assert bool(variables["engine"].get("hide")) != (path.stem == "radio-playout")
    for name in ("loki", "level", "category", "text"):
        assert bool(variables[name].get("hide")) != (path.stem == "radio-events")


@EACH_DASHBOARD
def test_levels_and_categories_are_those_of_events(path):
    variables = {variable["name"]: variable for variable in load(path)["templating"]["list"]}
    for name, known in (("level", LEVELS), ("category", CATEGORIES)):
        variable = variables[name]
        assert variable["query"].split(",") == list(known)
        assert [option["value"] for option in variable["options"][1:]] == list(known)
        assert variable["multi"]
        assert variable["allValue"] == ".+"
    text = variables["text"]
    assert (text["type"], text["query"], text["current"]["value"]) == ("textbox", "", "")


@EACH_DASHBOARD
def test_every_panel_has_an_id_of_its_own(path):
    ids = [panel["id"] for panel in load(path)["panels"]]
    assert len(ids) == len(set(ids))


@EACH_DASHBOARD
def test_no_panel_covers_another_and_every_line_is_full(path):
    placed = [panel["gridPos"] for panel in load(path)["panels"]]
    for one, other in combinations(placed, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    for line in {place["y"] for place in placed}:
        assert sum(place["w"] for place in placed if place["y"] == line) == 24


@EACH_PANEL
def test_a_panel_says_what_it_shows(dashboard, panel):
    assert panel["type"] in PANEL_TYPES
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]


@EACH_PANEL
def test_a_panel_asks_the_chosen_data_source(dashboard, panel):
    chosen = panel["datasource"]
    assert chosen in [{"type": "prometheus", "uid": "$datasource"}, {"type": "loki", "uid": "$loki"}]
    assert all(target["datasource"] == chosen for target in panel["targets"])
    refs = [target["refId"] for target in panel["targets"]]
    assert len(refs) == len(set(refs))


@EACH_METRICS_PANEL
def test_counters_stand_under_rate_or_increase_over_grafanas_windows(dashboard, panel):
    for target in panel["targets"]:
        for used in used_metrics(target["expr"]):
            if COUNTER.search(used.name) and ":" not in used.name:
                assert used.function in {"rate", "increase"}, (used, target["expr"])
                assert used.window in {*COUNTER_WINDOWS, *_days(target)}, (used, target["expr"])


@EACH_METRICS_PANEL
def test_windows_are_grafanas(dashboard, panel):
    for target in panel["targets"]:
        allowed = {"", *COUNTER_WINDOWS, *_days(target)}
        for used in used_metrics(target["expr"]):
            assert used.window.split(":")[0] in allowed, (used, target["expr"])


@EACH_METRICS_PANEL
def test_days_look_forward_so_that_today_is_among_them(dashboard, panel):
    for target in panel["targets"]:
        assert ("interval" in target) == ("[$__interval" in target["expr"])
        if "interval" in target:
            assert target["interval"] == "1d"
            assert panel["timeFrom"] == "30d"
            assert len(re.findall(r"\[\$__interval(?::1m)?\] offset -\$__interval", target["expr"])) == 1


@EACH_METRICS_PANEL
def test_series_of_the_exporter_follow_the_chosen_job_and_rules_do_not(dashboard, panel):
    for target in panel["targets"]:
        for name, labels in re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", target["expr"]):
            if ":" in name:
                assert "$job" not in labels, (name, target["expr"])
                level = name.partition(":")[0]
                chosen = "$studio" if OF_STUDIOS.match(name) else CHOSEN_BY.get(level, "")
                assert chosen in labels, (name, target["expr"])
            elif name.startswith("sam_"):
                assert 'job=~"$job",instance=~"$instance",server=~"$studio"' in labels, (name, target["expr"])
            elif name not in {"ALERTS", "up"}:
                assert 'job=~"$job",instance=~"$instance"' in labels, (name, target["expr"])


@EACH_TABLE
def test_table_queries_give_nothing_that_keeps_rows_from_being_joined(panel):
    for target in panel["targets"]:
        assert target["format"] == "table"
        assert target["instant"]
        assert target["expr"].startswith("max by (")
    titles = [*_renamed(panel).values()]
    assert len(titles) == len(set(titles))
    assert panel["options"]["sortBy"][0]["displayName"] in titles


@EACH_CHART
def test_the_legend_of_a_chart_is_a_table(panel):
    assert panel["options"]["legend"]["displayMode"] == "table"
    assert all(target["legendFormat"] != "__auto" for target in panel["targets"])


@EACH_PANEL
def test_a_state_is_told_in_words_and_colours_that_everybody_tells_apart(dashboard, panel):
    text = str(panel)
    assert "green" not in re.findall(r"'color': '([a-z-]+)'", text)
    if panel["type"] == "state-timeline":
        assert panel["fieldConfig"]["defaults"]["mappings"]


@EACH_DASHBOARD
def test_every_variable_used_in_a_query_is_known(path):
    assert panel_queries(path)


def _days(target):
    return ["$__interval"] if "interval" in target else []


def _renamed(panel):
    (organize,) = [one for one in panel["transformations"] if one["id"] == "organize"]
    return organize["options"]["renameByName"]
