"""alerting/alerts: each says what, where and what to do, is tested both ways, and has its numbers in one place."""

import re

import pytest
import yaml

from tests.alerting.files import ALERTS, ROOT, RUNBOOKS, TESTS, alerts, load

HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
DASHBOARDS = {
    "radio-overview", "radio-streams", "radio-exporter", "radio-listeners", "radio-streaming-servers",
    "radio-music", "radio-requests", "radio-playout",
}  # fmt: skip
RUNBOOK = "https://github.com/radio-exporter/radio-exporter/blob/main/alerting/runbooks"
ALWAYS_FIRING = {"Watchdog"}
EXPECTED = {
    "IcecastServerDown", "ShoutcastServerDown", "TargetFailing",
    "StreamDown", "StreamStalled", "StreamFlapping", "MetadataStuck",
    "ListenersNearLimit", "AudienceCollapsed", "SlowListeners", "StreamErrorBudgetBurn",
    "RoyaltyHoursNearLimit", "SeriesDropped", "GeoipDatabaseOld",
    "SamDatabaseDown", "PlayoutStopped", "QueueEmpty", "QueueShort", "SameTrackLoop", "NoStationId",
    "RequestsUnanswered", "SkipsHigh", "SamHistoryDisrupted", "SamPartMissing",
    "DeckBufferLow", "DeckUnderrun", "DecoderSlow", "EncoderDown", "EncoderBitrateUnstable", "PlayoutSilent",
    "IngestSilent", "IngestRefused", "StoreFailing", "RetentionBehind",
    "EventsDropped", "LokiAway",
    "DeadAir", "DeadChannel", "Clipping", "ProbeFailing",
    "RecordingDiskLow", "RecordingDiskFilling", "HostOverloaded", "MemoryShort", "ProcessDown",
    "ExporterDown", "ConfigReloadFailed", "ExporterTaskRestarting", "ExporterLoopBlocked", "Watchdog",
}  # fmt: skip

each_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
each_name = pytest.mark.parametrize("name", sorted({alert["alert"] for alert in alerts()}))


def test_every_alert_is_there():
    assert {alert["alert"] for alert in alerts()} == EXPECTED


@each_alert
def test_it_says_how_bad_it_is(alert):
    severity = alert["labels"]["severity"]
    assert severity == "none" if alert["alert"] in ALWAYS_FIRING else severity in {"critical", "warning"}


@each_alert
def test_it_says_what_where_and_what_to_do(alert):
    notes = alert["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert notes["runbook_url"] == f"{RUNBOOK}/{alert['alert']}.md"
    assert notes["summary"].endswith((".", ". {{ end }}", "{{ end }}"))
    if alert["alert"] not in ALWAYS_FIRING:
        assert "$labels." in notes["summary"]
        assert "$labels." in notes["description"]


@each_alert
def test_its_link_leads_to_a_dashboard_of_ours_whatever_the_mount_is_called(alert):
    link = alert["annotations"]["dashboard_url"]
    assert re.match(r"/d/([a-z-]+)", link)[1] in DASHBOARDS
    assert all("| urlquery" in inserted for inserted in re.findall(r"=(\{\{.*?\}\})", link))


@each_name
def test_it_has_a_runbook(name):
    (path,) = [path for path in RUNBOOKS if path.stem == name]
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    sections = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    assert all(len(section.strip()) > 40 for section in sections)


def test_no_runbook_outlives_its_alert():
    assert {path.stem for path in RUNBOOKS} == EXPECTED


def test_the_overview_lists_every_alert_with_its_severity():
    rows = re.findall(r"^\| (\[.*) \| (.+?) \| .+ \|$", (ROOT / "alerting/README.md").read_text("utf-8"), re.MULTILINE)
    listed = {
        name: set(severities.split(", ")) for names, severities in rows for name in re.findall(r"\[(\w+)\]", names)
    }
    severities = {}
    for alert in alerts():
        severities.setdefault(alert["alert"], set()).add(alert["labels"]["severity"])
    assert listed == severities


def proofs():
    """Per alert: the label sets with which promtool saw it fire, and whether promtool saw it keep quiet."""
    fired, quiet = {}, set()
    for path in TESTS:
        for test in load(path)["tests"]:
            for case in test.get("alert_rule_test", []):
                if case["exp_alerts"]:
                    labels = fired.setdefault(case["alertname"], [])
                    labels.extend(alert["exp_labels"] for alert in case["exp_alerts"])
                else:
                    quiet.add(case["alertname"])
    return fired, quiet


@each_alert
def test_promtool_sees_it_fire(alert):
    fired, _ = proofs()
    own = alert["labels"].items()
    assert any(own <= labels.items() for labels in fired[alert["alert"]])


@each_name
def test_promtool_sees_it_keep_quiet(name):
    _, quiet = proofs()
    assert name in quiet or name in ALWAYS_FIRING


def thresholds(path):
    """The table at the top of a file of alerts: per alert, the numbers it names."""
    text = path.read_text(encoding="utf-8")
    table = re.search(r"^# The numbers to change.*\n#\n((?:#   .*\n)+)", text, re.MULTILINE)[1].splitlines()
    first = re.match(r"#   (\S+ +)(?=\S)(.+?  +)(?=\S)", table[0])
    name_ends, numbers_end = first.end(1), first.end(2)
    found, name = {}, ""
    for line in table:
        name = line[4:name_ends].strip() or name
        found.setdefault(name, []).extend(re.findall(r"\d[\d.]*[smhd]?", line[name_ends:numbers_end]))
    return found


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_the_numbers_at_the_top_are_those_of_the_rules(path):
    by_name = {}
    for group in load(path)["groups"]:
        for rule in group["rules"]:
            own = {key: value for key, value in rule.items() if key in {"expr", "for", "keep_firing_for"}}
            by_name[rule["alert"]] = by_name.get(rule["alert"], "") + yaml.safe_dump(own)
    table = thresholds(path)
    assert table.keys() == by_name.keys()
    for name, numbers in table.items():
        assert numbers
        for number in numbers:
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.smhd]\b)", by_name[name]), f"{name}: {number}"


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_no_number_of_a_rule_is_missing_at_the_top(path):
    """`offset`, `== 0`, `== 1` and the like are no settings; windows inside names of recorded figures are."""
    for group in load(path)["groups"]:
        for rule in group["rules"]:
            said = thresholds(path)[rule["alert"]]
            settings = re.findall(r"(?:[<>]=?|[<>]=? [\d.]+ \*|\[)\s*(\d[\d.]*[smhd]?)", rule["expr"])
            waits = [rule[key] for key in ("for", "keep_firing_for") if key in rule]
            assert not {number for number in [*settings, *waits] if number != "0"} - set(said)
