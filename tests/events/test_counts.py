"""What the event log says of itself in `/metrics`."""

from prometheus_client.parser import text_string_to_metric_families

from exporter.audience.families import FAMILIES as AUDIENCE
from exporter.event import CATEGORIES, KINDS, LEVELS
from exporter.events.counts import MOST_KINDS, Counts
from exporter.events.families import FAMILIES
from exporter.page import assemble
from tests.events.happenings import event


def series(counts: Counts) -> dict[tuple[str, ...], float]:
    page = assemble((*FAMILIES, *AUDIENCE), [counts.block()], openmetrics=False)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_what_can_be_seen_begins_at_nought() -> None:
    found = series(Counts())
    for name, (level, category) in KINDS.items():
        assert found["radio_events_total", level, category, name] == 0
    assert [found["radio_events_dropped_total", sink] for sink in ("store", "loki", "stdout")] == [0, 0, 0]
    assert not any(name[0].startswith("radio_events_loki") for name in found), "nothing of a Loki that is not there"


def test_names_without_end_are_bounded() -> None:
    counts = Counts()
    for number in range(5000):
        counts.happened(event(level=LEVELS[number % 5], category=CATEGORIES[number % 7], event=f"minted_{number}"))
    found = series(counts)
    events = {key: value for key, value in found.items() if key[0] == "radio_events_total"}
    assert sum(events.values()) == 5000
    assert len(events) <= MOST_KINDS + 35
    assert sum(value for key, value in events.items() if key[3] == "other") == 5000 - (MOST_KINDS - len(KINDS))
    assert found["radio_exporter_series_dropped_total", "event"] == 5000 - (MOST_KINDS - len(KINDS))


def test_one_name_at_every_level_is_bounded_too() -> None:
    counts = Counts()
    for name in range(150):
        for level in LEVELS:
            for category in CATEGORIES:
                counts.happened(event(level=level, category=category, event=f"minted_{name}"))
    assert len([key for key in series(counts) if key[0] == "radio_events_total"]) <= MOST_KINDS + 35


def test_the_block_is_the_same_until_something_happens() -> None:
    counts = Counts()
    before = counts.block()
    assert counts.block() is before
    counts.happened(event())
    assert counts.block() is not before
