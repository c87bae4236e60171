"""What a studio is heard to do: from rows of its database, through its logs, to events."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import URL

from exporter.event import Event
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.sam.news import News
from exporter.sam.reading import HistoryRow, RequestRow, Song
from tests.sam.log.logs import BERLIN
from tests.sam.rows import CONFIG
from tests.store.stores import store


class Studio:
    def __init__(self, database) -> None:
        self.told: list[Event] = []
        self.news = News(CONFIG.name, self.told.append)
        self.requests = RequestLog(database, CONFIG, BERLIN, lambda _: None, self.news)
        self.plays = PlayLog(database, CONFIG, BERLIN, lambda _: None, self.requests, news=self.news)

    def heard(self) -> list[tuple[str, str]]:
        """Event and message of what was told since."""
        found = [(event.event, event.message) for event in self.told]
        self.told.clear()
        return found


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    with store(URL.create("sqlite", database=str(tmp_path / "music.db"))) as database:
        one = Studio(database)
        await one.requests.open()
        await one.plays.open()
        yield one


def ago(seconds: float) -> datetime:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).astimezone(BERLIN).replace(tzinfo=None, microsecond=0)


def row(number: int, seconds: float, title: str = "So What", **more) -> HistoryRow:
    return HistoryRow(number, ago(seconds), 180_000, "S", Song(7, "Miles Davis", title), **more)


async def test_a_track_is_told_once_with_its_song_and_its_time(studio: Studio) -> None:
    await studio.plays.append([row(1, 60)], mark=1)
    (event,) = studio.told
    assert (event.event, event.message, event.song_id) == ("track_played", "Miles Davis - So What", 7)
    assert (event.source, event.category) == ("sam/" + CONFIG.name, "audio")
    assert abs(event.at / 1000 - (time.time() - 60)) < 5
    assert event.metadata == {"server": CONFIG.name, "songtype": "S", "requested": False}
    studio.told.clear()
    await studio.plays.append([row(1, 60), row(2, 5, "Freddie Freeloader")], mark=2)
    assert studio.heard() == [("track_played", "Miles Davis - Freddie Freeloader")]


async def test_years_of_history_are_no_news(studio: Studio) -> None:
    await studio.plays.append([row(1, 400 * 86400), row(2, 7200), row(3, 30)], mark=1)
    assert studio.heard() == [("track_played", "Miles Davis - So What")]


async def test_plays_of_an_exchanged_table_that_are_known_are_not_told_again(studio: Studio) -> None:
    rows = [row(1, 300), row(2, 30)]
    await studio.plays.append(rows, mark=1)
    assert len(studio.heard()) == 2
    await studio.plays.disrupted("replaced", 0, 0)
    await studio.plays.append(rows, mark=1)
    assert studio.heard() == []


async def test_an_item_without_a_name(studio: Studio) -> None:
    await studio.plays.append([structs.replace(row(1, 5), song=Song(0, "", ""))], mark=1)
    (event,) = studio.told
    assert (event.message, event.song_id) == ("an item without a title", None)


async def test_a_request_is_told_once_without_who_asked(studio: Studio) -> None:
    asked = [
        RequestRow(1, 7, ago(400 * 86400), "192.0.2.7", 200, "played"),
        RequestRow(2, 9, ago(5), "192.0.2.7", 601, "new"),
    ]
    now = round(time.time() * 1000)
    await studio.requests.append(asked, now, 1)
    (event,) = studio.told
    assert (event.event, event.category, event.song_id) == ("request_received", "gateway", 9)
    assert event.message == "A listener asks for song 9: song_recently_played."
    assert "192.0.2.7" not in repr(event)
    studio.told.clear()
    await studio.requests.append(asked, now, 1)
    assert studio.heard() == []


def test_a_queue_that_runs_empty_is_told_once() -> None:
    told: list[Event] = []
    news = News("studio", told.append)
    for items, expected in (
        (0, []), (3, []), (0, ["queue_empty"]), (0, []), (None, []), (2, []), (None, []), (0, ["queue_empty"]),
    ):  # fmt: skip
        told.clear()
        news.queued(items)
        assert [event.event for event in told] == expected, items


def test_parts_that_cannot_be_read_and_a_log_that_is_stuck() -> None:
    told: list[Event] = []
    news = News("studio", told.append)
    for missing in ((), ("queue",), ("queue", "library"), (), ("queue",)):
        news.missing(frozenset(missing))
    news.stuck("the database is locked by another program")
    assert {event.event for event in told} == {"sam_sync_error"}
    said = [event.message.partition(" cannot")[0] for event in told]
    assert said == ["The queue", "The library", "The queue", "The play log"]
    assert told[-1].message == "The play log cannot go on: the database is locked by another program."
