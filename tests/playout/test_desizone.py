"""DesiZone's rows as reports and events."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clock import milliseconds
from exporter.event import LONGEST_NAME, WORDS
from exporter.playout.desizone import event_log
from exporter.playout.desizone.database import DesiZone
from exporter.playout.desizone.snapshots import reports
from exporter.playout.reading import Key
from tests.playout import desizone

NOW = 1_800_000_000_000


def found(path: Path, state: Path | None = None) -> DesiZone:
    return DesiZone(path, "desizone", state)


def test_a_row_is_a_report() -> None:
    (report,) = reports([(1, NOW - 2000, 3, 12.0, 245.0, 0.87, 0.92, 2.5, 1, 0)], NOW)
    assert report.at == NOW - 2000
    assert report.mended == 0
    assert report.values == {
        Key("cpu"): 0.12,
        Key("memory"): 245e6,
        Key("deck_fill", "a"): 0.87,
        Key("deck_fill", "b"): 0.92,
        Key("deck_latency", "all"): 0.0025,
        Key("stream_connected"): 1,
        Key("mysql_connected"): 0,
        Key("encoders_active"): 3,
    }


@pytest.mark.parametrize(
    ("said", "number", "names"),
    [
        (2, 2, []),
        ("2", 2, []),
        ("mp3-128, aac", 2, ["mp3-128", "aac"]),
        ('["mp3"]', 1, ["mp3"]),
        ("", 0, []),
        (None, None, []),
    ],
)
def test_encoders_are_a_number_or_names(said, number, names) -> None:
    (report,) = reports([(1, NOW, said, *[None] * 7)], NOW)
    assert report.values.get(Key("encoders_active")) == number
    assert [key.name for key in report.values if key.field == "encoder_up"] == names


@given(st.lists(st.none() | st.integers() | st.floats() | st.text() | st.binary(), min_size=9, max_size=9))
def test_whatever_stands_in_a_row_it_is_a_report(row) -> None:
    (report,) = reports([(1, *row)], NOW)
    assert report.at <= NOW


def test_each_row_is_reported_once_and_all_of_the_minute_at_first(tmp_path: Path) -> None:
    path, now = desizone.made(tmp_path / "d.db"), time.time_ns() // 1_000_000
    desizone.wrote(path, desizone.SNAPSHOT, *(desizone.snapshot(now - 5000 * back, a=back / 10) for back in (2, 1, 0)))
    engine = found(path)
    first = engine.read()
    assert [report.values[Key("deck_fill", "a")] for report in first.reports] == [0.2, 0.1, 0]
    assert len(engine.read().reports) == 3  # nobody has taken them yet
    first.reported()
    assert engine.read().reports == []
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(now, a=0.7))
    assert [report.values[Key("deck_fill", "a")] for report in engine.read().reports] == [0.7]
    path.unlink()
    desizone.wrote(desizone.made(path), desizone.SNAPSHOT, desizone.snapshot(now, a=0.9))
    assert [report.values[Key("deck_fill", "a")] for report in engine.read().reports] == [0.9]


def row(at: int = NOW, level: str = "warn", event: str = "deck_error", message: str = "Disk slow", **other) -> tuple:
    keys = {"category": "audio", "metadata": None, "deck": "deck_a", "song": 7, "encoder": 2} | other
    return (at, level, keys["category"], event, message, keys["metadata"], keys["deck"], keys["song"], keys["encoder"])


def test_the_first_start_begins_now_and_a_restart_where_it_was(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "d.db")
    desizone.wrote(path, desizone.EVENT, *(row(message=f"years ago {number}") for number in range(5)))
    engine = found(path, tmp_path)
    first = engine.read()
    assert first.events == []
    first.remember()
    desizone.wrote(path, desizone.EVENT, row(message="one"))
    one = engine.read()
    assert [event.message for event in one.events] == ["one"]
    assert [event.message for event in engine.read().events] == ["one"]  # it was not handed on
    one.remember()
    desizone.wrote(path, desizone.EVENT, row(message="while we were away"))
    again = found(path, tmp_path).read()
    assert [event.message for event in again.events] == ["while we were away"]


def test_a_log_that_began_anew_is_followed_from_there(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "d.db")
    desizone.wrote(path, desizone.EVENT, *(row() for _ in range(5)))
    engine = found(path, tmp_path)
    engine.read().remember()
    path.unlink()
    desizone.wrote(desizone.made(path), desizone.EVENT, row(message="old history of another file"))
    engine.read().remember()
    desizone.wrote(path, desizone.EVENT, row(message="new"))
    assert [event.message for event in engine.read().events] == ["new"]


def test_an_engine_without_an_event_log_is_read_all_the_same(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "d.db")
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(NOW))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE event_log")
    assert len(found(path, tmp_path).read().reports) == 1


def events(*rows: tuple) -> tuple[list, int]:
    return event_log.events([(number, *one) for number, one in enumerate(rows)], "desizone", NOW)


def test_names_fit_and_what_is_ahead_of_our_clock_is_now() -> None:
    found, _ = events(row(event="e" * 80), row(at=NOW + 60_000), row(at=2**45))
    assert len(found[0].event) == LONGEST_NAME
    assert [event.at for event in found] == [NOW, NOW + 60_000, NOW]


def test_levels_are_called_what_those_who_push_call_them() -> None:
    for word, level in WORDS.items():
        ((event,), _) = events(row(level=word.upper()))
        assert event.level == level, word


def test_a_row_of_the_log_is_an_event() -> None:
    metadata = json.dumps({"title": "A", "bpm": 128.5, "nested": {"x": 1}, "loud": True})
    ((event,), broken) = events(row(metadata=metadata))
    assert broken == 0
    assert (event.at, event.level, event.category, event.event) == (NOW, "warning", "audio", "deck_error")
    assert (event.message, event.source, event.deck, event.song_id, event.encoder_id) == (
        "Disk slow",
        "playout/desizone",
        "a",
        7,
        "2",
    )
    assert event.metadata == {"title": "A", "bpm": 128.5, "loud": True}


def test_broken_rows_are_counted_and_the_others_go_on() -> None:
    found, broken = events(row(), row(at=None), row(event="!!"), row(at="yesterday"), row(level="loud", category="?"))
    assert broken == 3
    assert [(event.level, event.category) for event in found] == [("warning", "audio"), ("info", "system")]


def test_no_address_comes_through() -> None:
    metadata = json.dumps({"from": "2001:db8::7", "at 192.0.2.7": 1})
    ((event,), _) = events(row(message="DJ joined from 192.0.2.7:4711 or [2001:db8::1]\nat 10:20", metadata=metadata))
    assert event.message == "DJ joined from (address):4711 or [(address)] at 10:20"
    assert event.metadata == {"from": "(address)", "at (address)": 1}


@given(st.lists(st.none() | st.integers() | st.floats() | st.text() | st.binary(), min_size=9, max_size=9))
def test_whatever_stands_in_the_log_nothing_breaks(row) -> None:
    found, broken = events(tuple(row))
    assert len(found) + broken == 1


def test_a_text_that_is_broken_breaks_nothing(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "d.db")
    one = DesiZone(path, "desizone", tmp_path)
    one.read().remember()
    broken = "INSERT INTO event_log VALUES (NULL, ?, 'info', 'audio', 'e', CAST(x'4d6f74f672' AS TEXT), NULL, NULL, NULL, NULL)"
    desizone.wrote(path, broken, (milliseconds(),))
    (found,) = one.read().events
    assert found.message == "Mot\ufffdr"
