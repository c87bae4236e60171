"""Events on standard output."""

import asyncio
import json
import os
import time
from collections import Counter

from exporter.events.printer import MOST_WAITING, Printer
from tests.events.happenings import NOW, event


async def test_a_line_of_json_each() -> None:
    reading, writing = os.pipe()
    printer = Printer(Counter(), writing)
    printer.tell(event(message="not wanted"))
    printer.wanted = True
    printer.tell(event(NOW + 7, message="ü <b>", deck="A", metadata={"mount": "/live"}))
    printer.tell(event(message="two"))
    await printer.stop()
    first, second = (json.loads(line) for line in os.read(reading, 10_000).splitlines())
    assert first == {
        "time": "2026-11-18T11:06:40.007+00:00", "level": "info", "category": "audio", "event": "track_played",
        "message": "ü <b>", "source": "icecast/main", "deck": "A", "song_id": None, "encoder_id": None,
        "metadata": {"mount": "/live"},
    }  # fmt: skip
    assert second["message"] == "two"


async def test_a_pipe_that_nobody_empties_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    dropped: Counter[str] = Counter()
    printer = Printer(dropped, writing)
    printer.wanted = True
    began = time.monotonic()
    for number in range(5000):
        printer.tell(event(message=f"{number:05d} {'x' * 100}"))
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert time.monotonic() - began < 2
    lost = dropped["stdout"]
    assert 5000 - MOST_WAITING - 1000 < lost < 5000
    await asyncio.wait_for(printer.stop(), 10)
    got = b""
    while got.count(b"\n") < 5000 - lost:
        got += await asyncio.to_thread(os.read, reading, 65536)
    kept = [int(json.loads(line)["message"][:5]) for line in got.splitlines()]
    assert kept == sorted(kept), "what is printed is whole, and in order"


async def test_a_closed_pipe_is_nobodys_trouble() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    printer = Printer(Counter(), writing)
    printer.wanted = True
    printer.tell(event())
    printer.tell(event())
    await asyncio.wait_for(printer.stop(), 10)
    os.close(writing)


async def test_a_pipe_that_does_not_wait_by_itself_is_waited_for_and_a_closed_one_loses_counted_lines() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    dropped: Counter[str] = Counter()
    printer = Printer(dropped, writing)
    printer.wanted = True
    for number in range(900):
        printer.tell(event(message=f"{number:05d} {'x' * 200}"))
    got = b""
    while got.count(b"\n") < 900 - dropped["stdout"]:
        got += await asyncio.to_thread(os.read, reading, 65536)
    assert [int(json.loads(line)["message"][:5]) for line in got.splitlines()] == list(range(900))
    os.close(reading)
    printer.tell(event())
    await asyncio.wait_for(printer.stop(), 5)
    assert dropped["stdout"] == 1
    os.close(writing)
