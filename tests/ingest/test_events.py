"""Pushed events: what is taken, what is put right, what is refused and with which words."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clock import AHEAD
from exporter.event import MOST_METADATA
from exporter.events.fitting import fitted
from exporter.ingest import events
from exporter.ingest.events import MOST_EVENTS, Heard
from exporter.ingest.reading import Unreadable
from tests.events.happenings import NOW, event

PLAIN = {"event": "deck_loaded", "message": "Deck A is loaded.", "category": "audio"}
OLDEST = NOW - 90 * 86_400_000


def heard(*pushed: dict[str, Any]) -> Heard:
    return events.heard(events.read(json.dumps(pushed).encode()), NOW, OLDEST)


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as error:
        events.heard(events.read(body), NOW, OLDEST)
    return str(error.value)


def test_one_or_several() -> None:
    one = events.read(json.dumps(PLAIN).encode())
    assert events.heard(one, NOW, OLDEST).events == heard(PLAIN).events
    assert heard(PLAIN).events == [
        event(NOW, event="deck_loaded", message="Deck A is loaded.", source="pushed"),
    ]
    assert heard(PLAIN, PLAIN).dated == [False, False]
    assert heard().events == []


def test_everything_that_an_event_may_hold() -> None:
    more = {
        "level": "ERR", "time": NOW, "source": "studio-a", "deck": 1, "song_id": 4711, "encoder_id": "mp3",
        "metadata": {"a": 1, "b": 1.5, "c": "ü", "d": True, "e": None}, "unknown": [1, 2],
    }  # fmt: skip
    found = heard(PLAIN | more)
    assert found.events == [
        event(
            NOW, level="error", event="deck_loaded", message="Deck A is loaded.", source="pushed/studio-a", deck="1",
            song_id=4711, encoder_id="mp3", metadata=more["metadata"],
        )
    ]  # fmt: skip
    assert (found.dated, found.clamped, found.stale) == ([True], 0, 0)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (NOW, NOW), (NOW / 1000, NOW), (NOW // 1000, NOW // 1000 * 1000), ("2026-11-18T12:06:40.007+01:00", NOW + 7),
        ("2026-11-18T11:06:40Z", NOW), (NOW + AHEAD, NOW + AHEAD), (NOW + AHEAD + 1, NOW), ("2099-01-01T00:00:00Z", NOW),
        (None, NOW), (99_999_999_999, NOW),
    ],
)  # fmt: skip
def test_times(said: Any, at: int) -> None:
    found = heard(PLAIN | {"time": said})
    assert [one.at for one in found.events] == [at]
    assert found.clamped == (at == NOW and said not in (None, NOW, NOW / 1000, "2026-11-18T11:06:40Z"))


def test_what_would_be_removed_at_once_is_not_kept() -> None:
    found = heard(PLAIN | {"time": OLDEST - 1}, PLAIN | {"time": 0}, PLAIN | {"time": OLDEST})
    assert (len(found.events), found.stale) == (1, 2)


@pytest.mark.parametrize("word", ["warn", "WARNING", "Warn"])
def test_words_of_other_libraries(word: str) -> None:
    assert heard(PLAIN | {"level": word}).events[0].level == "warning"


def test_markup_is_text_and_lines_are_one() -> None:
    found = heard(PLAIN | {"message": "<script>alert('x')</script>\n\x1b[31m\u2028end"})
    assert found.events[0].message == "<script>alert('x')</script>  [31m end"


def test_a_long_message_is_cut_and_counted() -> None:
    found = heard(PLAIN | {"message": "x" * 5000})
    assert (len(found.events[0].message), found.clamped) == (1000, 1)


def test_a_long_text_of_the_metadata_is_cut_and_counted() -> None:
    found = heard(PLAIN | {"metadata": {"a": "x" * 300, "b": "y" * 255}})
    assert ([len(str(value)) for value in found.events[0].metadata.values()], found.clamped) == ([255, 255], 1)


ONE = json.dumps(PLAIN)[1:-1].encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is no JSON"),
        (b"hello", "the body is no JSON (byte 0)"),
        (b"{" + ONE + b', "song_id": NaN}', "the body is no JSON (byte 89)"),
        (b"{" + ONE + b', "metadata": {"x": Infinity}}', "the body is no JSON"),
        (b"7", "the body must be an object, not a whole number"),
        (b"[7]", "[0] must be an object, not a whole number"),
        (b"{}", "event is missing"),
        (b'[{"event":"x","message":"y"}]', "[0].category is missing"),
        (b"{" + ONE + b', "song_id": "7"}', "song_id must be a whole number or null, not a text"),
        (b"{" + ONE + b', "song_id": -1}', "[0].song_id must be a whole number from 0 on"),
        (b"{" + ONE + b', "song_id": 9007199254740992}', "[0].song_id must be"),
        (b"{" + ONE + b', "song_id": 1e999}', ""),
        (b"{" + ONE + b', "time": "yesterday"}', "[0].time must be ISO 8601 with a zone (2026-03-29T06:00:00+02:00)"),
        (b"{" + ONE + b', "time": "2026-11-18T11:06:40"}', "[0].time must be ISO 8601 with a zone"),
        (b"{" + ONE + b', "time": -5}', "[0].time must be"),
        (b"{" + ONE + b', "time": 1e300}', "[0].time must be"),
        (b"{" + ONE + b', "time": "9999-12-31T23:59:59-23:59"}', ""),
        (b"{" + ONE + b', "level": "bad"}', "[0].level must be one of debug, info, warning, error, critical"),
        (b"{" + ONE + b', "metadata": [1]}', "metadata must be an object, not a list"),
        (b"{" + ONE + b', "metadata": {"x": {"y": 1}}}', "[0].metadata may hold texts, numbers, true, false and null"),
        (
            b"{" + ONE + b', "metadata": {"x": 18446744073709551616000}}',
            "[0].metadata holds a number that is too large",
        ),
        (b"{" + ONE + b', "metadata": {"": 1}}', "[0].metadata has a name that is empty or too long"),
        (b"{" + ONE + b', "source": "a b"}', "[0].source must be a word of 63 characters at most"),
        (json.dumps(PLAIN | {"message": " \n"}).encode(), "[0].message is empty"),
        (json.dumps(PLAIN | {"event": "Deck Loaded"}).encode(), "[0].event must be a name: small letters"),
        (json.dumps(PLAIN | {"event": "<b>"}).encode(), "[0].event must be a name"),
        (json.dumps(PLAIN | {"event": "x" * 64}).encode(), "[0].event must be a name"),
        (json.dumps(PLAIN | {"event": "ünicode"}).encode(), "[0].event must be a name"),
        (json.dumps(PLAIN | {"category": "weather"}).encode(), "[0].category must be one of audio, stream, scheduler"),
        (json.dumps([PLAIN] * (MOST_EVENTS + 1)).encode(), "at most 1000 events are taken at once"),
        (
            json.dumps(PLAIN | {"metadata": {str(n): n for n in range(MOST_METADATA + 1)}}).encode(),
            "may hold 32 values",
        ),
        (
            json.dumps(PLAIN | {"metadata": {str(n): "ü" * 200 for n in range(20)}}).encode(),
            "too large: 4096 bytes at most",
        ),
        (json.dumps([PLAIN, PLAIN | {"level": "bad"}]).encode(), "[1].level must be one of"),
        (b"[" * 100_000, ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(body: bytes, said: str) -> None:
    if said:
        assert said in refused(body)
    else:
        with suppress(Unreadable):
            events.heard(events.read(body), NOW, OLDEST)


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=80))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
names = st.sampled_from(
    ["event", "message", "category", "level", "time", "source", "deck", "song_id", "encoder_id", "metadata"]
)


@given(st.dictionaries(names, anything))
def test_any_json_is_taken_or_refused(more: dict[str, Any]) -> None:
    for whole in (more, PLAIN | more):
        with suppress(Unreadable):
            found = events.heard(events.read(json.dumps([whole]).encode("utf-8", "surrogatepass")), NOW, OLDEST)
            assert len(found.events) + found.stale == 1
            assert all(fitted(one) == one for one in found.events), "what the door takes is what is kept"


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        events.heard(events.read(b"{" + body), NOW, OLDEST)
