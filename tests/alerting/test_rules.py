"""alerting/rules: names, layers, and promtool's own tests of every figure."""

import re
import subprocess

import pytest
import yaml

from tests.alerting.files import ALERTS, ROOT, RULES, TESTS, load, rules
from tests.services import need

LOOKBACK = 300
"""Seconds for which Prometheus takes a sample for the present: a group that runs less often leaves gaps."""

LEVELS = ("mount", "server", "station")
AUDIENCE = ("channel", "station")
DIMENSIONS = ("server", "country", "protocol", "player_class")
# One exporter's own word, who tells, and the two calendars.
OTHERS = ("exporter", "sender", "part", "hour")
FIGURES = (
    "radio_listening_hours:total",  # TLH
    "radio_qualified_sessions:total",  # SS
    "radio_qualified_sessions_active:avg",  # AAS
    "radio_time_spent_listening_seconds:avg",  # ATSL
)
AQH = "radio_quarter_hour_listeners:avg"
REQUESTS = ("requests:total", "requests_accepted:ratio", "request_wait_seconds:avg")
WINDOWS = ("5m", "1h", "1d", "7d", "30d")
PROMISED = {
    *(f"{level}:radio_listeners:{kind}{window}" for level in LEVELS for kind in ("max", "avg", "min") for window in WINDOWS),
    *(f"{level}:radio_listeners:current" for level in LEVELS),
    *(f"{level}:radio_{what}_bytes:rate5m" for level in LEVELS for what in ("sent", "received")),
    *(f"{level}:radio_listener_connections:rate5m" for level in ("server", "station")),
    "mount:radio_stream_up:current",
    *(f"mount:radio_stream_up:ratio{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "7d", "30d")),
    "mount:radio_stream_down_seconds:sum1d",
    *(f"server:radio_up:ratio{window}" for window in WINDOWS),
    *(f"station:radio_stream_up:ratio{window}" for window in ("1h", "1d", "7d", "30d")),
    *(f"{level}:radio_sessions_active:current" for level in (*AUDIENCE, *DIMENSIONS)),
    *(f"{level}:radio_sessions_active:{kind}{window}" for level in AUDIENCE for kind in ("max", "avg") for window in WINDOWS[:4]),
    *(f"{level}:radio_{what}:rate5m" for what in ("sessions_started", "session_sent_bytes") for level in (*AUDIENCE, *DIMENSIONS)),
    *(f"{level}:{figure}{window}" for level in AUDIENCE for figure in FIGURES for window in WINDOWS[1:]),
    *(f"{level}:{figure}{window}" for level in (*AUDIENCE, "part") for figure in (*FIGURES, AQH) for window in WINDOWS[2:]),
    *(f"{level}:radio_qualified_unique_listeners:current" for level in AUDIENCE),
    "hour:radio_sessions_active:avg28d",
    "channel:radio_royalty_listening_hours:total30d",
    *(f"server:sam_{figure}{window}" for figure in ("plays:total", "skips:ratio", "aired:ratio") for window in ("1h", "1d")),
    *(f"server:sam_{figure}{window}" for figure in REQUESTS for window in ("1d", "7d")),
    *(f"server:sam_{figure}:current" for figure in ("up", "track_left_seconds", "queue_hours", "last_play_age_hours")),
    "hour:sam_songs:avg28d",
}  # fmt: skip


@pytest.mark.parametrize("path", [*RULES, *ALERTS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_promtool_accepts(path):
    need("promtool")
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_promtool_proves(path):
    need("promtool")
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_promised_figure_is_recorded_once():
    recorded = [rule["record"] for rule in rules(RULES)]
    assert not PROMISED - set(recorded)
    assert len(recorded) == len(set(recorded))


def test_names_say_level_metric_and_operation():
    levels = "|".join({*LEVELS, *AUDIENCE, *DIMENSIONS, *OTHERS})
    for rule in rules(RULES):
        assert re.fullmatch(rf"({levels}):[a-z_]+:[a-z]+([0-9]+[mhd])?", rule["record"])


@pytest.mark.parametrize("level", ["server", "station"])
def test_servers_and_the_station_are_rolled_up_as_mounts_are(level):
    """promtool proves the windows on mounts; this carries the proof over."""
    folder = ROOT / "alerting/rules"
    model = (folder / "listeners-mount.yml").read_text(encoding="utf-8").replace("mount:", f"{level}:")
    assert _groups(load(folder / f"listeners-{level}.yml")) == _groups(yaml.safe_load(model))


@pytest.mark.parametrize("level", AUDIENCE)
def test_sessions_are_rolled_up_as_listeners_are(level):
    folder = ROOT / "alerting/rules"
    model = (folder / "listeners-mount.yml").read_text(encoding="utf-8")
    model = model.replace("mount:radio_listeners", f"{level}:radio_sessions_active")
    known = {rule["record"]: rule["expr"].split() for rule in rules_of(yaml.safe_load(model))}
    for rule in rules_of(load(folder / f"audience-{level}.yml")):
        assert rule["expr"].split() == known[rule["record"]]


def rules_of(document):
    return [rule for group in document["groups"] for rule in group["rules"]]


def _groups(document):
    return [(group["interval"], group["rules"]) for group in document["groups"]]


@pytest.mark.parametrize("path", [*RULES, *ALERTS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_group_runs_so_seldom_that_panels_show_gaps(path):
    unit = {"s": 1, "m": 60}
    for group in load(path)["groups"]:
        number, letter = group["interval"][:-1], group["interval"][-1]
        assert int(number) * unit[letter] < LOOKBACK / 2


def test_long_windows_read_recorded_layers_only():
    """A figure of more than an hour never scans raw samples, nor recorded ones of every five seconds."""
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    for rule in rules(RULES):
        for series, window in re.findall(r"([\w:]+)\[(\w+)\]", rule["expr"]):
            if sum(int(number) * seconds[unit] for number, unit in re.findall(r"(\d+)([smhd])", window)) > 3600:
                assert re.search(r":[a-z]+(1m|1h|1d|7d|30d)$", series), rule
