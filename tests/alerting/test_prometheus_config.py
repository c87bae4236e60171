"""config/prometheus: the same file natively and in compose, for old and new Prometheus."""

import shutil
import subprocess

import pytest
import yaml

from tests.alerting.files import ALERTS, PROMETHEUS, ROOT, RULES, commented_blocks, load, uncomment
from tests.services import need


@pytest.fixture
def check(tmp_path):
    """Run `promtool check config` on a text, laid out as compose and the demo do; its output."""
    need("promtool")
    shutil.copytree(PROMETHEUS.parent / "targets", tmp_path / "targets")
    (tmp_path / "rules").symlink_to(ROOT / "alerting/rules")
    (tmp_path / "alerts").symlink_to(ROOT / "alerting/alerts")

    def run(text):
        file = tmp_path / "prometheus.yml"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(["promtool", "check", "config", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_it_is_valid_and_finds_every_rule_file(check):
    said = check(PROMETHEUS.read_text(encoding="utf-8"))
    assert f"{len(RULES) + len(ALERTS)} rule files found" in said
    assert "WARNING" not in said


def test_what_is_commented_out_is_valid_too(check):
    text = PROMETHEUS.read_text(encoding="utf-8")
    blocks = commented_blocks(text)
    live = uncomment(text, *blocks)
    check(live)
    settings = yaml.safe_load(live)
    assert len(settings["remote_write"]) == 3
    (servers,) = [job for job in settings["scrape_configs"] if "http_sd_configs" in job]
    assert servers["http_sd_configs"][0]["url"].endswith("/sd")


def test_the_exporter_is_scraped_every_five_seconds_under_the_name_its_alert_knows():
    jobs = {job["job_name"]: job for job in load(PROMETHEUS)["scrape_configs"]}
    assert jobs["radio-exporter"]["scrape_interval"] == "5s"
    assert set(jobs) == {"radio-exporter", "prometheus", "alertmanager"}
    assert 'up{job="radio-exporter"}' in (ROOT / "alerting/alerts/exporter.yml").read_text(encoding="utf-8")


def test_every_target_is_in_a_file_beside_it():
    settings = load(PROMETHEUS)
    found = [*settings["scrape_configs"], *settings["alerting"]["alertmanagers"]]
    files = [file for entry in found for discovery in entry["file_sd_configs"] for file in discovery["files"]]
    assert not any("static_configs" in entry for entry in found)
    assert {load(PROMETHEUS.parent / file)[0]["targets"][0] for file in files} == {
        "exporter:10880",
        "prometheus:9090",
        "alertmanager:9093",
    }
