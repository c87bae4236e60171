"""One engine that is asked: its health is taken at once, its own log when that is kept, and each row is counted once."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exporter.clock import milliseconds
from exporter.errors import StoreFailed
from exporter.event import Event, silent
from exporter.playout import polled
from exporter.playout.desizone.database import DesiZone
from exporter.playout.desizone.watermark import Watermark
from exporter.playout.engine import Engine
from exporter.playout.polled import Polled
from exporter.playout.reading import Key
from exporter.playout.ways import Database, Heard
from exporter.polling.supervise import Supervisor
from tests.playout import desizone
from tests.playout.engines import section
from tests.playout.test_desizone import row


class Store:
    """Keeps events, unless it is away."""

    def __init__(self) -> None:
        self.away, self.groups = False, list[int]()

    async def keep(self, events: Sequence[Event]) -> int:
        if self.away:
            raise StoreFailed("the disk is full")
        self.groups.append(len(events))
        return len(events)


def asked(path: Path, state: Path, store: Store) -> tuple[Engine, Polled]:
    engine = Engine(section(engine="desizone", sqlite=str(path)), silent, 0.0)
    return engine, Polled(engine, Database(DesiZone(path, "desizone", state), "desizone"), store.keep)


async def test_while_the_store_is_away_nothing_is_counted_twice(tmp_path: Path) -> None:
    path, store = desizone.made(tmp_path / "broadcaster.db"), Store()
    engine, polled = asked(path, tmp_path, store)
    await polled.ask()
    store.away = True
    desizone.wrote(path, desizone.EVENT, row(), row(at=0))
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(milliseconds(), a=1.7))
    for _ in range(5):
        await polled.ask()
    assert engine.mended == 1  # the fill; the row of the log is not passed over before the others are kept
    store.away = False
    for _ in range(3):
        await polled.ask()
    assert (engine.mended, store.groups) == (2, [1])


async def test_a_long_log_is_handed_on_in_groups(tmp_path: Path) -> None:
    path, store = desizone.made(tmp_path / "broadcaster.db"), Store()
    _, polled = asked(path, tmp_path, store)
    await polled.ask()
    desizone.wrote(path, desizone.EVENT, *(row(message=str(number)) for number in range(1200)))
    for _ in range(4):
        await polled.ask()
    assert store.groups == [500, 500, 200]


async def test_how_far_the_log_was_read_is_written_beside_the_event_loop(tmp_path: Path, monkeypatch) -> None:
    threads, write = list[threading.Thread](), Watermark.write

    def watched(mark: Watermark, number: int) -> None:
        threads.append(threading.current_thread())
        write(mark, number)

    monkeypatch.setattr(Watermark, "write", watched)
    _, polled = asked(desizone.made(tmp_path / "broadcaster.db"), tmp_path, Store())
    await polled.ask()
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_a_store_that_is_slow_makes_no_engine_silent(tmp_path: Path, monkeypatch) -> None:
    path, slow, begun = desizone.made(tmp_path / "broadcaster.db"), asyncio.Event(), list[int]()

    async def keep(events: Sequence[Event]) -> int:
        begun.append(len(events))
        await slow.wait()
        return len(events)

    engine, asks = asked(path, tmp_path, Store())
    await asks.ask()
    monkeypatch.setattr(polled, "PATIENCE", 0.01)
    asks._keep = keep
    desizone.wrote(path, desizone.EVENT, row())
    for cpu in (10.0, 20.0, 30.0):
        desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(milliseconds(), cpu=cpu))
        await asks.ask()
        assert engine._values[Key("cpu")][1] == pytest.approx(cpu / 100)
    assert begun == [1]
    slow.set()


async def test_a_bug_that_shows_late_is_no_secret(monkeypatch) -> None:
    """What goes wrong after the look has stopped waiting reaches the supervisor with the next one."""
    monkeypatch.setattr(polled, "PATIENCE", 0.01)

    async def keep(_: Sequence[Event]) -> int:
        await asyncio.sleep(0.05)
        raise ZeroDivisionError

    class Way:
        async def ask(self, _: float) -> Heard:
            return Heard([], [Event(at=1, level="info", category="audio", event="e", message="m", source="s")])

    asks = Polled(Engine(section(), silent, 0.0), Way(), keep)
    await asks.ask()
    await asyncio.sleep(0.1)
    with pytest.raises(ZeroDivisionError):
        await asks.ask()


async def test_an_engine_whose_task_crashed_while_events_were_kept_is_asked_again(monkeypatch) -> None:
    monkeypatch.setattr(polled, "PATIENCE", 0.01)
    looks = list[int]()

    class Way:
        async def ask(self, _: float) -> Heard:
            looks.append(1)
            if len(looks) == 2:
                raise ZeroDivisionError
            return Heard([], [Event(at=1, level="info", category="audio", event="e", message="m", source="s")])

    async def keep(_: Sequence[Event]) -> int:
        return await asyncio.sleep(3600, 1)

    supervisor = Supervisor(CollectorRegistry(), first_pause=0.01)
    supervisor.start("one", Polled(Engine(section(interval="50ms"), silent, 0.0), Way(), keep).run)
    async with asyncio.timeout(30):
        while len(looks) < 5:
            await asyncio.sleep(0.01)
    await supervisor.stop()


async def test_a_log_that_cannot_be_read_costs_the_log_alone_and_one_that_cannot_be_kept_is_called_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, store = desizone.made(tmp_path / "broadcaster.db"), Store()
    engine, asks = asked(path, tmp_path, store)
    await asks.ask()
    store.away = True
    desizone.wrote(path, desizone.EVENT, row())
    await asks.ask()
    assert "events of the playout engine desizone cannot be kept: the disk is full" in caplog.text
    assert "cannot be read" not in caplog.text
    desizone.wrote(path, "ALTER TABLE event_log RENAME COLUMN level TO severity", ())
    for cpu in (10.0, 20.0):
        desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(milliseconds(), cpu=cpu))
        await asks.ask()
        assert engine._values[Key("cpu")][1] == pytest.approx(cpu / 100)
    assert asks.trouble is None
    assert caplog.text.count("the event log of desizone cannot be read: it is not DesiZone's: a column is missing") == 1


async def test_an_engine_that_has_written_nothing_for_long_is_said_to_be_silent_for_that(tmp_path: Path) -> None:
    path = desizone.made(tmp_path / "broadcaster.db")
    engine, asks = asked(path, tmp_path, Store())
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(milliseconds() - 3_600_000))
    await asks.ask()
    assert asks.trouble == "it can be read, but there is nothing new in it"
    desizone.wrote(path, desizone.SNAPSHOT, desizone.snapshot(milliseconds()))
    await asks.ask()
    assert asks.trouble is None
    path.unlink()
    await asks.ask()
    assert "cannot be opened" in asks.trouble
    assert engine.mended == 0
