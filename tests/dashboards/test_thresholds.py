"""The limits drawn on charts and bars are those at which somebody is told."""

import re

import pytest

from tests.alerting.files import alerts
from tests.dashboards.queries import FOLDER, load, panels

PANELS = {panel["title"]: panel for panel in panels(load(FOLDER / "radio-playout.json"))}


def limit(alert: str) -> float:
    """The number that an alert compares with, the same in all of its rules."""
    (expression,) = {rule["expr"] for rule in alerts() if rule["alert"] == alert}
    return float(re.search(r" [<>] (0\.\d+|\d{6,})", expression)[1])


@pytest.mark.parametrize(
    ("title", "alert"),
    [
        ("Decks", "DeckBufferLow"),
        ("Lowest fill", "DeckBufferLow"),
        ("Decoder latency", "DecoderSlow"),
        ("Unsteady bit rate", "EncoderBitrateUnstable"),
        ("CPU", "HostOverloaded"),
        ("Least free disk", "RecordingDiskLow"),
    ],
)
def test_a_limit_is_that_of_its_alert(title, alert):
    steps = PANELS[title]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, limit(alert)]
    assert "red" in {step["color"] for step in steps}


def test_memory_is_shown_as_what_is_in_use():
    steps = PANELS["Memory in use"]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[-1]["value"] == pytest.approx(1 - limit("MemoryShort"))
