"""Looks that hang: nobody waits for them, and no second one is begun."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from exporter.polling.look import Look


async def test_a_look_gives_what_it_finds_and_raises_what_it_raises() -> None:
    found = iter([1, 2])

    def look() -> int:
        assert threading.current_thread() is not threading.main_thread()
        try:
            return next(found)
        except StopIteration:
            raise OSError("no more") from None

    looks = Look("test", look)
    assert [await looks.once(5), await looks.once(5)] == [1, 2]
    with pytest.raises(OSError, match="no more"):
        await looks.once(5)


async def test_one_that_hangs_costs_its_time_once_and_one_thread() -> None:
    begun, released = [], threading.Event()

    def look() -> str:
        begun.append(time.monotonic())
        released.wait(30)
        return "done"

    looks = Look("hangs", look)
    with pytest.raises(TimeoutError):
        await looks.once(0.1)
    before = time.monotonic()
    for _ in range(100):
        with pytest.raises(TimeoutError):
            await looks.once(5)
    assert time.monotonic() - before < 1
    assert len(begun) == 1
    released.set()
    async with asyncio.timeout(30):
        while True:
            try:
                assert await looks.once(5) == "done"
                break
            except TimeoutError:
                await asyncio.sleep(0.01)
    assert len(begun) == 2


def test_the_process_ends_although_one_hangs() -> None:
    program = (
        "import asyncio, threading\n"
        "from exporter.polling.look import Look\n"
        "async def main():\n"
        "    try:\n"
        "        await Look('hangs', threading.Event().wait).once(0.1)\n"
        "    except TimeoutError:\n"
        "        print('left')\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")
