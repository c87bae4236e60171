"""Events on their way to Loki: in order, once, kept while it is away, and what is lost is counted."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exporter.config.schema_events import Loki as Config
from exporter.config.units import Secret
from exporter.events import loki as sending
from exporter.events.counts import Counts
from exporter.events.loki import Loki
from tests.events.happenings import event
from tests.events.lokis import HOUR, loki


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "GATHER", 0.01)
    monkeypatch.setattr(sending, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(sending, "LONGEST_PAUSE", 0.1)


@asynccontextmanager
async def pushing(url: str, **keys: Any) -> AsyncIterator[tuple[Loki, Counts]]:
    """The way to a Loki at work."""
    counts, config = Counts(), Config(url=url, **keys)
    way = Loki(lambda: config, counts)
    task = asyncio.create_task(way.run())
    try:
        yield way, counts
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


def numbered(first: int, last: int, at: int | None = None) -> list[Any]:
    return [event(now() if at is None else at, message=f"{number:05d}") for number in range(first, last)]


def lines(first: int, last: int) -> list[str]:
    return [f"{number:05d}" for number in range(first, last)]


async def test_what_loki_gets() -> None:
    whole = event(
        now(), level="error", category="stream", event="stream_disconnected", message='"gone" <b>ü</b>', deck="A", song_id=7,
        encoder_id="mp3", metadata={"mount": "/live", "a b-c": 1.5, "9x": True, "ü": "ü", "event": "lies", "none": None},
    )  # fmt: skip
    async with loki() as there, pushing(there.url, labels={"station": "jazz", "job": "radio"}) as (way, counts):
        way.tell(whole)
        await until(lambda: bool(there.taken))
        (one,) = there.taken
    assert one.labels == {"job": "radio", "station": "jazz", "level": "error", "category": "stream"}
    assert (one.line, one.time // 10**6) == ('"gone" <b>ü</b>', whole.at)
    assert one.metadata == {
        "event": "stream_disconnected", "source": "icecast/main", "deck": "A", "song_id": "7", "encoder_id": "mp3",
        "mount": "/live", "a_b_c": "1.5", "_9x": "true", "__": "ü",
    }  # fmt: skip
    assert (counts.loki.up, counts.loki.pushed, counts.loki.waiting) == (True, 1, 0)


async def test_many_of_one_moment_are_all_there_and_in_order() -> None:
    at = now()
    async with loki() as there, pushing(there.url) as (way, counts):
        for one in [*numbered(0, 1200, at), *[event(at, message="same")] * 3, *numbered(1200, 1300, at + 1)]:
            way.tell(one)
        await until(lambda: counts.loki.pushed == 1303)
        assert there.lines == lines(0, 1200) + ["same"] * 3 + lines(1200, 1300)
        assert there.pushes == 3


async def test_away_and_back_loses_nothing_within_the_buffer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with loki() as there, pushing(there.url, buffer=1000) as (way, counts):
        for one in numbered(0, 100):
            way.tell(one)
        await until(lambda: counts.loki.pushed == 100)
        await there.go()
        for one in numbered(100, 1000):
            way.tell(one)
            await asyncio.sleep(0.0005)
        await until(lambda: counts.loki.failures["connection"] > 2)
        assert (counts.loki.up, counts.loki.waiting, counts.dropped["loki"]) == (False, 900, 0)
        await there.come()
        await until(lambda: counts.loki.pushed == 1000)
        assert there.lines == lines(0, 1000)
        assert (counts.loki.up, counts.loki.waiting, counts.dropped["loki"]) == (True, 0, 0)
    assert caplog.text.count("cannot be pushed") == 1
    assert caplog.text.count("can be pushed again") == 1


async def test_beyond_the_buffer_the_oldest_go_and_are_counted() -> None:
    async with loki(there=False) as there, pushing(there.url, buffer=1000) as (way, counts):
        for one in numbered(0, 3500):
            way.tell(one)
            if one.message.endswith("00"):
                await asyncio.sleep(0.01)
        await until(lambda: counts.loki.failures["connection"] > 3 and counts.loki.waiting == 1000)
        assert counts.dropped["loki"] == 2500
        await there.come()
        await until(lambda: counts.loki.pushed == 1000)
        assert there.lines == lines(2500, 3500)
        assert counts.dropped["loki"] == 2500


async def test_an_answer_that_got_lost_makes_nothing_twice() -> None:
    async with loki() as there, pushing(there.url) as (way, counts):
        there.lost = 2
        for one in numbered(0, 600, now()):
            way.tell(one)
        await until(lambda: counts.loki.pushed == 600)
        assert there.lines == lines(0, 600)
        assert there.pushes >= 4


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "http"), (500, "http"), (503, "http"), (404, "http"), (401, "auth"), (302, "http")]
)
async def test_what_may_mend_itself_is_tried_again(status: int, reason: str) -> None:
    async with loki() as there, pushing(there.url) as (way, counts):
        there.answers = [(status, {"Location": "http://127.0.0.1:1/"})] * 3
        for one in numbered(0, 10):
            way.tell(one)
        await until(lambda: counts.loki.pushed == 10)
        assert (counts.loki.failures[reason], counts.dropped["loki"], there.lines) == (3, 0, lines(0, 10))


async def test_it_is_let_alone_for_as_long_as_it_says() -> None:
    async with loki() as there, pushing(there.url) as (way, counts):
        there.answers = [(429, {"Retry-After": "1"})]
        way.tell(event(now()))
        await until(lambda: counts.loki.pushed == 1)
        assert there.times[1] - there.times[0] >= 1


async def test_what_is_refused_is_given_up_alone_and_the_rest_is_there_once(caplog: pytest.LogCaptureFixture) -> None:
    async with loki() as there, pushing(there.url) as (way, counts):
        there.unwanted = "00321"
        for one in numbered(0, 700):
            way.tell(one)
        await until(lambda: counts.loki.pushed + counts.dropped["loki"] == 700)
        assert (counts.loki.pushed, counts.dropped["loki"]) == (699, 1)
        assert there.lines == [line for line in lines(0, 700) if line != "00321"]
        assert 1 < counts.loki.failures["refused"] < 20  # by halves, not one by one
        assert counts.loki.up  # for it answers
    assert "its log says why" in caplog.text


async def test_what_is_old_or_ahead_when_it_is_told_is_not_refused() -> None:
    """An engine that was away pushes what it has kept."""
    old = now() - 8 * 24 * HOUR * 1000
    async with loki() as there, pushing(there.url) as (way, counts):
        for one in (
            event(now(), message="a"),
            event(old, message="b"),
            event(now() - HOUR * 1000, message="c"),
            event(now() + HOUR * 1000, message="d"),
        ):
            way.tell(one)
        await until(lambda: counts.loki.pushed == 4)
        assert sorted(there.lines) == ["a", "b", "c", "d"]
        happened = {one.line: one.metadata.get("happened") for one in there.taken}
    assert happened["a"] is None
    assert happened["b"] == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(old // 1000)) + f".{old % 1000:03d}+00:00"


async def test_one_that_hangs_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WITHIN", 0.1)
    async with loki() as there, pushing(there.url) as (way, counts):
        there.hang = 0.3
        way.tell(event(now()))
        await until(lambda: counts.loki.failures["timeout"] > 1)
        there.hang = 0
        await until(lambda: counts.loki.pushed == 1)
        assert len(there.taken) == 1


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ({"tenant": "t", "token": Secret("s3cret")}, {"X-Scope-OrgID": "t", "Authorization": "Bearer s3cret"}),
        ({"username": "u", "password": Secret("p")}, {"Authorization": "Basic dTpw"}),
    ],
)
async def test_who_we_are(keys: dict[str, Any], shown: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    async with loki() as there, pushing(there.url, **keys) as (way, counts):
        there.answers = [(403, {})]
        way.tell(event(now()))
        await until(lambda: counts.loki.pushed == 1)
        assert shown.items() <= there.headers[0].items()
    assert "check loki.username" in caplog.text
    assert "s3cret" not in caplog.text


async def test_it_ends_soon_whether_loki_is_there_or_not() -> None:
    async with loki() as there, pushing(there.url) as (way, _):
        way.tell(event(now()))
        await asyncio.wait_for(way.stop(), 1)
        assert len(there.taken) == 1
        await there.go()
        way.tell(event(now()))
        await asyncio.wait_for(way.stop(), 1)


async def test_one_that_is_taken_out_of_the_configuration_is_forgotten() -> None:
    async with loki(there=False) as there:
        counts, keys = Counts(), {"url": there.url}
        way = Loki(lambda: Config(**keys), counts)
        task = asyncio.create_task(way.run())
        way.tell(event(now()))
        await until(lambda: counts.loki is not None and counts.loki.up is False)
        keys["url"] = None
        await until(lambda: counts.loki is None)
        way.tell(event(now()))
        await asyncio.sleep(0.3)
        assert counts.loki is None
        assert "radio_events_loki_up" not in counts.block()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_without_a_loki_nothing_waits() -> None:
    counts = Counts()
    Loki(Config, counts).tell(event())
    assert counts.loki is None
