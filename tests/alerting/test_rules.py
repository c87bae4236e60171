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
WINDOWS = ("5m", "1h", "1d", "7d", "30d")
PROMISED = {
    *(f"{level}:radio_listeners:{kind}{window}" for level in LEVELS for kind in ("max", "avg", "min") for window in WINDOWS),
    *(f"{level}:radio_listeners:current" for level in LEVELS),
    *(f"{level}:radio_{what}_bytes:rate5m" for level in LEVELS for what in ("sent", "received")),
    *(f"{level}:radio_listener_connections:rate5m" for level in ("server", "station")),
    "mount:radio_stream_up:current",
    *(f"mount:radio_stream_up:ratio{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "7d", "30d")),
    *(f"server:radio_up:ratio{window}" for window in WINDOWS),
    *(f"station:radio_stream_up:ratio{window}" for window in ("1h", "1d", "7d", "30d")),
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
    for rule in rules(RULES):
        assert re.fullmatch(r"(mount|server|station):[a-z_]+:[a-z]+([0-9]+[mhd])?", rule["record"])


@pytest.mark.parametrize("level", ["server", "station"])
def test_servers_and_the_station_are_rolled_up_as_mounts_are(level):
    """promtool proves the windows on mounts; this carries the proof over."""
    folder = ROOT / "alerting/rules"
    model = (folder / "listeners-mount.yml").read_text(encoding="utf-8").replace("mount:", f"{level}:")
    assert _groups(load(folder / f"listeners-{level}.yml")) == _groups(yaml.safe_load(model))


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
    minutes = {"m": 1, "h": 60, "d": 1440}
    for rule in rules(RULES):
        for series, number, unit in re.findall(r"([\w:]+)\[(\d+)([mhd])\]", rule["expr"]):
            if int(number) * minutes[unit] > 60:
                assert re.search(r":[a-z]+(1m|1h|1d|7d|30d)$", series), rule
