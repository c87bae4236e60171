"""config/alertmanager: valid as it stands and with every ready-made receiver; who is told what."""

import asyncio
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from demo.servers import lay_out_alertmanager
from tests.alerting.files import ALERTMANAGER, alerts, commented_blocks, load, uncomment
from tests.alerting.receivers import NEWER, TEXT, blocks, for_version
from tests.integration.receiver import receiver
from tests.services import need

CHANNELS = {"webhook", "e-mail", "slack", "discord", "telegram", "ntfy"}


@pytest.fixture
def check(tmp_path):
    """Run `amtool check-config` on settings, laid out as compose and the demo do."""
    need("amtool")

    def run(settings):
        file = tmp_path / "settings.yml"
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")
        lay_out_alertmanager(tmp_path / "alertmanager", file)
        return amtool("check-config", tmp_path / "alertmanager/alertmanager.yml")

    return run


def amtool(*arguments):
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_valid_and_finds_its_templates(check):
    assert "1 templates" in check(load(ALERTMANAGER))


def test_as_it_stands_it_tells_nobody():
    assert [set(receiver) for receiver in load(ALERTMANAGER)["receivers"]] == [{"name"}] * 3


def test_every_channel_is_ready_made():
    assert {str(block).removeprefix("critical-") for block in blocks() if block.owner == "critical"} == CHANNELS
    assert [block.owner for block in blocks()].count("watchdog") == 1


@pytest.mark.parametrize("block", blocks(), ids=str)
@pytest.mark.parametrize("owner", ["critical", "warning"])
def test_a_receiver_is_valid_when_its_hash_signs_are_gone(check, amtool_version, block, owner):
    settings = block.live()
    ((kind, (entry,)),) = [(key, value) for key, value in block.receiver().items() if key != "name"]
    for one in settings["receivers"]:
        one.pop(kind, None)
        if one["name"] == owner:
            one[kind] = [for_version(entry, amtool_version)]
    check(settings)


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_secrets_are_in_files(block):
    """Whatever is secret is named by a file; and the comment says which version can read it there."""
    entries = [entry for key, value in block.receiver().items() if key != "name" for entry in value]
    dumped = yaml.safe_dump(entries)
    assert re.search(r"_file: /run/secrets/\w+", dumped)
    assert not re.search(r"(token|password|secret|credentials): ", dumped)
    for option, ((major, minor), _) in NEWER.items():
        if any(option in entry for entry in entries):
            assert f"Alertmanager {major}.{minor}" in block.comment


def with_hours(*ways):
    """The settings with the example of hours made live, and the blocks that use it in one of these ways."""
    lines = TEXT.splitlines()
    chosen = [
        block
        for block in commented_blocks(TEXT)
        if lines[block.start].startswith("#time_intervals")
        or any(way in line for way in ways for line in lines[block.start : block.stop])
    ]
    assert len(chosen) > len(ways)
    return yaml.safe_load(uncomment(TEXT, *chosen))


def test_the_night_can_be_kept_free_of_warnings(check):
    settings = with_hours("active_time_intervals: [daytime]")
    check(settings)
    assert [route for route in settings["route"]["routes"] if "active_time_intervals" in route] == [
        route for route in settings["route"]["routes"] if route["receiver"] == "warning"
    ]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_reaches_the_receiver_of_its_severity(alert):
    need("amtool")
    labels = [f"alertname={alert['alert']}", f"severity={alert['labels']['severity']}", "server=main"]
    said = amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)
    expected = {"critical": "critical", "warning": "warning", "none": "watchdog"}
    assert said.strip() == expected[alert["labels"]["severity"]]


def seconds(duration):
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


# Seconds until it is in a sample, from there to the end of its `for`, and within how many somebody must know.
URGENT = {
    "StreamDown": (5, 5, 60),  # a poll
    "DeckBufferLow": (5, 5, 30),  # a report
    "DeadAir": (15.5, 1, 30),  # the silence that is not one yet, and a measure
}


@pytest.mark.parametrize("name", URGENT)
def test_what_is_urgent_reaches_somebody_in_time_be_it_the_first_or_the_second_of_its_kind(name):
    (route,) = [route for route in load(ALERTMANAGER)["route"]["routes"] if route["receiver"] == "critical"]
    (alert,) = [alert for alert in alerts() if alert["alert"] == name]
    seen, evaluation, within = URGENT[name]
    scrape = 5
    assert alert["labels"]["severity"] == "critical"
    for told in ("group_wait", "group_interval"):
        assert seen + scrape + evaluation + seconds(alert.get("for", "0s")) + seconds(route[told]) < within


def test_an_alert_that_ends_is_reported_before_a_dead_server_silences_it():
    """Alertmanager drops the report otherwise, and takes the next outage for the old one until repeat_interval."""
    (route,) = [route for route in load(ALERTMANAGER)["route"]["routes"] if route["receiver"] == "critical"]
    for alert in alerts():
        if alert["alert"] in {"IcecastServerDown", "ShoutcastServerDown", "SamDatabaseDown", "PlayoutSilent"}:
            assert seconds(route["group_interval"]) < seconds(alert["for"])


def at_some_other_time(settings, name, *, today=False):
    """Move these hours to another day of the week, or all over today; and have everything told within a second."""
    (hours,) = (one for one in settings["time_intervals"] if one["name"] == name)
    weekday = datetime.now(UTC) + timedelta(days=0 if today else 3)
    hours["time_intervals"] = [{"weekdays": [f"{weekday:%A}".lower()]}]
    for route in settings["route"]["routes"]:
        route["group_wait"] = "1s"
    return settings


def told_to(url, settings):
    """All receivers as one."""
    for entry in settings["receivers"]:
        entry["webhook_configs"] = [{"url": url}]
    return settings


@pytest.mark.integration
async def test_a_show_is_watched_while_it_is_on_and_only_then(check, alertmanager):
    """Hours in which it is off, then hours in which it is on, each through a real Alertmanager."""
    show, other = (
        {"alertname": "StreamDown", "severity": "critical", "server": name, "mount": mount}
        for name, mount in (("main", "/show.mp3"), ("spare", "/live.mp3"))
    )
    for today, expected in ((False, {"/live.mp3"}), (True, {"/live.mp3", "/show.mp3"})):
        settings = at_some_other_time(with_hours("active_time_intervals: [show]"), "show", today=today)
        check(settings)
        async with receiver() as heard:
            running = await alertmanager(told_to(heard.url, settings))
            await running.post(show, other)
            await heard.wait_for("StreamDown", "firing", 0, time.monotonic() + 10, mount="/live.mp3")
            await asyncio.sleep(1.5)
            assert {delivery.labels["mount"] for delivery in heard.deliveries} == expected


@pytest.mark.integration
async def test_a_warning_waits_for_the_morning_and_a_call_does_not(alertmanager):
    warning, call = (
        {"alertname": name, "severity": severity, "server": "main", "mount": f"/{severity}.mp3"}
        for name, severity in (("StreamFlapping", "warning"), ("StreamDown", "critical"))
    )
    settings = at_some_other_time(with_hours("active_time_intervals: [daytime]"), "daytime")
    async with receiver() as heard:
        running = await alertmanager(told_to(heard.url, settings))
        await running.post(warning, call)
        await heard.wait_for("StreamDown", "firing", 0, time.monotonic() + 10, mount="/critical.mp3")
        await asyncio.sleep(1.5)
        assert {delivery.labels["alertname"] for delivery in heard.deliveries} == {"StreamDown"}
