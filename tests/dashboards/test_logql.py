"""What the dashboards ask of Loki: only of what the exporter pushes, and so that nothing typed by hand breaks it."""

import re

import pytest

from exporter.event import CATEGORIES, KINDS, LEVELS, Event
from tests.dashboards.queries import Query, dashboards, load, panel_queries, panels

LABELS = {"job", "level", "category"}
METADATA = set(Event.__struct_fields__) - {"at", "level", "category", "message", "metadata"} | {"server", "mount"}
"""The fields of an event, and of its metadata those that all events of streams have."""

QUERIES = [query for path in dashboards() for query in panel_queries(path, "loki")]
EACH_QUERY = pytest.mark.parametrize("query", QUERIES, ids=str)

_MATCHER = r'(\w+)(=~|!~|=|!=)"((?:[^"\\]|\\.)*)"'
_SELECTOR = re.compile(rf"\{{({_MATCHER}(?:, {_MATCHER})*)\}}")
_FILTER = re.compile(rf"\| {_MATCHER}(?: or {_MATCHER})*")
_LINE = re.compile(r"\|~ `([^`]*)`")
_COUNTED = re.compile(r"^sum by \((\w+)\) \(count_over_time\((.+) \[\w+\]\)\)$")


def pipeline(query: Query) -> tuple[str, str]:
    """The selector of streams, and what is done to their lines."""
    counted = _COUNTED.match(query.expr)
    text = counted[2] if counted else query.expr
    selector = _SELECTOR.match(text)
    assert selector, query
    return selector[1], text[selector.end() :].strip()


@EACH_QUERY
def test_lines_are_chosen_by_the_labels_that_the_exporter_gives(query):
    selector, _ = pipeline(query)
    chosen = {label: (how, value) for label, how, value in re.findall(_MATCHER, selector)}
    assert chosen.pop("job") == ("=", "radio-exporter")
    assert chosen.keys() <= LABELS
    for label, known in (("level", LEVELS), ("category", CATEGORIES)):
        _, value = chosen.get(label, ("=~", ".+"))
        assert any(re.fullmatch(value, one) for one in known)
        assert value == ".+" or set(value.split("|")) <= set(known)


@EACH_QUERY
def test_the_rest_is_filtered_by_what_is_known_of_an_event(query):
    _, rest = pipeline(query)
    for found in _FILTER.finditer(rest):
        for label, how, value in re.findall(_MATCHER, found[0]):
            assert label in METADATA
            # Loki takes a missing x for x="", but not for x=~".+|".
            assert not (how == "=~" and re.fullmatch(value, "")), query
    for found in _LINE.finditer(rest):
        assert re.compile(found[1])
    assert not _LINE.sub("", _FILTER.sub("", rest)).strip(), query


def test_the_text_that_is_typed_is_taken_as_it_is():
    for panel in panels(load(next(path for path in dashboards() if path.stem == "radio-events"))):
        for target in panel["targets"]:
            if target["datasource"]["type"] == "loki":
                assert "|~ `(?i)${text:regex}`" in target["expr"]


def test_marks_are_made_of_what_is_amiss():
    (marks,) = {query.expr for query in QUERIES if query.kind == "annotation"}
    selector, _ = pipeline(next(query for query in QUERIES if query.expr == marks))
    ((_, _, levels),) = [one for one in re.findall(_MATCHER, selector) if one[0] == "level"]
    marked = {name for name, (level, _) in KINDS.items() if re.fullmatch(levels, level)}
    assert {"stream_disconnected", "stream_stalled", "deck_underrun", "encoder_stopped", "recording_disk_low"} <= marked
    assert not {"stream_connected", "track_played", "request_received"} & marked
