"""The event log between those who tell and the store: nothing waits for ever, nothing is there twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from exporter.errors import RowsRefused, StoreFailed
from exporter.event import Event
from exporter.events import log as logging_events
from exporter.events.log import EventLog
from exporter.store import event_find
from exporter.store.database import Database
from exporter.store.event_find import Wanted
from exporter.store.events import Kept
from tests.events.happenings import NOW, event
from tests.store.stores import store, url_of


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging_events, "TRY_AGAIN", 0.02)


class Around:
    """A log at work, its store, and what those who watch it were shown."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ready = asyncio.Event()
        self.problem: str | None = None
        self.log = EventLog(database, self._wait, lambda: self.problem)
        self.told: list[Event] = []
        self.shown: list[Kept] = []
        self.log.sinks.append(self.told.append)
        self.log.watchers.add(self.shown.extend)

    async def _wait(self) -> None:
        await self.ready.wait()

    def messages(self) -> list[str]:
        """What the store has, oldest first."""
        kept = self.database.read_now(lambda c: event_find.find(c, Wanted(0, NOW * 2), 100_000))
        return [one.event.message for one in kept][::-1]

    async def has(self, number: int) -> list[str]:
        """Its messages, once there are so many."""
        async with asyncio.timeout(30):
            while len(found := self.messages()) < number:
                await asyncio.sleep(0.01)
        return found


@asynccontextmanager
async def logging(folder: Path, *, ready: bool = True) -> AsyncIterator[Around]:
    with store(url_of("sqlite", folder, None)) as database:
        around = Around(database)
        if ready:
            around.ready.set()
        task = asyncio.create_task(around.log.run())
        try:
            yield around
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def numbered(first: int, last: int) -> list[Event]:
    return [event(NOW + number, message=f"{number:05d}") for number in range(first, last)]


def lines(first: int, last: int) -> list[str]:
    return [f"{number:05d}" for number in range(first, last)]


async def test_each_sink_gets_each_event_once(tmp_path: Path) -> None:
    async with logging(tmp_path) as around:
        for one in numbered(0, 700):
            around.log.tell(one)
        assert await around.log.take(numbered(700, 1500), [True] * 800) == 800
        assert await around.has(1500) == lines(0, 1500)
        assert sorted(one.message for one in around.told) == lines(0, 1500)
        assert sorted(one.event.message for one in around.shown) == lines(0, 1500)


async def test_what_is_told_before_the_store_is_open_waits(tmp_path: Path) -> None:
    async with logging(tmp_path, ready=False) as around:
        for one in numbered(0, 20):
            around.log.tell(one)
        await asyncio.sleep(0.05)
        assert around.messages() == []
        around.ready.set()
        assert await around.has(20) == lines(0, 20)


async def test_while_the_store_is_away_events_wait_and_the_oldest_are_given_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(logging_events, "MOST_WAITING", 100)
    async with logging(tmp_path) as around:
        around.problem = "the disk is full"
        for one in numbered(0, 130):
            around.log.tell(one)
        with pytest.raises(StoreFailed, match="the disk is full"):
            await around.log.take(numbered(500, 501), [True])
        await asyncio.sleep(0.1)
        assert (around.messages(), around.log.counts.dropped["store"]) == ([], 30)
        around.problem = None
        assert await around.has(100) == lines(30, 130)


async def test_a_commit_whose_answer_got_lost_makes_nothing_twice(tmp_path: Path, monkeypatch) -> None:
    """It is there, and nobody knows: what was seen is written again, and who pushed pushes again."""
    async with logging(tmp_path) as around:
        whole, failing = around.database.write, True

        async def write(work: Any) -> Any:
            found = await whole(work)
            if failing:
                raise StoreFailed("the connection to the database broke")
            return found

        monkeypatch.setattr(around.database, "write", write)
        for one in numbered(0, 10):
            around.log.tell(one)
        with pytest.raises(StoreFailed, match="broke"):
            await around.log.take(numbered(10, 20), [True] * 10)
        await asyncio.sleep(0.1)
        failing = False
        assert await around.log.take(numbered(10, 20), [True] * 10) == 0
        async with asyncio.timeout(30):
            while around.log._told:
                await asyncio.sleep(0.01)
        assert around.messages() == lines(0, 20)
        assert around.log.counts.duplicates == 10


async def test_nobody_who_pushes_waits_for_ever(tmp_path: Path, monkeypatch) -> None:
    async with logging(tmp_path) as around:

        async def write(_: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(around.database, "write", write)
        with pytest.raises(StoreFailed):
            await asyncio.wait_for(around.log.take(numbered(0, 1), [True]), 30)


async def test_too_many_who_push_are_asked_to_come_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(logging_events, "MOST_PUSHED", 100)
    async with logging(tmp_path, ready=False) as around:
        first = asyncio.create_task(around.log.take(numbered(0, 100), [True] * 100))
        await asyncio.sleep(0)
        with pytest.raises(StoreFailed, match="too many"):
            await around.log.take(numbered(100, 101), [True])
        around.ready.set()
        assert await first == 100


async def test_what_waits_at_the_end_is_written(tmp_path: Path) -> None:
    async with logging(tmp_path) as around:
        for one in numbered(0, 1200):
            around.log.tell(one)
        await asyncio.wait_for(around.log.stop(), 5)
        assert around.messages() == lines(0, 1200)


async def test_the_end_does_not_wait_for_a_store_that_is_away(tmp_path: Path) -> None:
    async with logging(tmp_path) as around:
        around.problem = "the disk is full"
        around.log.tell(event())
        await asyncio.wait_for(around.log.stop(), 3)


async def test_what_is_no_event_is_said_and_harms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with logging(tmp_path) as around:
        around.log.tell(event(message=None))
        around.log.tell(event(message="good"))
        assert await around.has(1) == ["good"]
        assert around.log.counts.dropped["store"] == 1
    assert "a bug of the exporter" in caplog.text


def refuse(around: Around, message: str) -> None:
    """Have the store not take an event of this message."""
    trigger = f"CREATE TRIGGER strict BEFORE INSERT ON event WHEN new.message = '{message}' BEGIN SELECT RAISE(ABORT, 'no'); END"
    around.database.write_now(lambda c: c.exec_driver_sql(trigger))


async def test_a_push_that_the_store_does_not_take_is_refused_alone(tmp_path: Path) -> None:
    async with logging(tmp_path, ready=False) as around:
        refuse(around, "00013")
        around.log.tell(event(NOW, message="seen"))
        pushes = [asyncio.create_task(around.log.take(numbered(n, n + 5), [True] * 5)) for n in (0, 10, 20)]
        await asyncio.sleep(0)
        around.ready.set()
        first, second, third = await asyncio.gather(*pushes, return_exceptions=True)
        assert (first, third) == (5, 5)
        assert isinstance(second, RowsRefused)
        async with asyncio.timeout(30):
            while len(around.shown) < 11:
                await asyncio.sleep(0.01)
        assert around.log.counts.dropped["store"] == 0
        assert sorted(one.event.message for one in around.shown) == sorted(around.messages())
        assert sorted(around.messages()) == [*lines(0, 5), *lines(20, 25), "seen"]


async def test_what_somebody_has_kept_is_given_up_where_the_store_does_not_take_it(tmp_path: Path, caplog) -> None:
    async with logging(tmp_path) as around:
        refuse(around, "00003")
        assert await around.log.keep(numbered(0, 8)) == 7
        assert around.messages() == [line for line in lines(0, 8) if line != "00003"]
        assert around.log.counts.dropped["store"] == 1
    assert "is given up" in caplog.text


async def test_an_event_that_the_store_does_not_take_holds_no_other_up(tmp_path: Path, caplog) -> None:
    async with logging(tmp_path) as around:
        refuse(around, "00003")
        for one in numbered(0, 8):
            around.log.tell(one)
        expected = [line for line in lines(0, 8) if line != "00003"]
        assert await around.has(7) == expected
        assert around.log.counts.dropped["store"] == 1
        assert await around.log.take([event(NOW + 100, message="pushed")], [True]) == 1
        assert [one.event.message for one in around.shown] == [*expected, "pushed"]
    assert "is given up" in caplog.text


async def test_where_the_disk_is_full_events_wait(tmp_path: Path) -> None:
    async with logging(tmp_path) as around:

        def room(pages: int) -> None:
            around.database.write_now(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").all())

        room(1)  # which means: as many as there are
        for one in numbered(0, 2000):
            around.log.tell(one)
        await asyncio.sleep(1.5)
        assert len(around.messages()) < 2000
        assert around.log.counts.dropped["store"] == 0
        room(1_000_000)
        assert await around.has(2000) == lines(0, 2000)
        assert around.log.counts.dropped["store"] == 0


async def test_what_cannot_be_kept_at_the_end_is_said(tmp_path: Path, caplog) -> None:
    async with logging(tmp_path) as around:
        around.problem = "the disk is full"
        for one in numbered(0, 5):
            around.log.tell(one)
        await around.log.stop()
    assert "5 events cannot be kept" in caplog.text
