import asyncio
import os
import signal

import pytest

from demo.signals import until_told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_work_and_a_second_one_does_not_disturb_its_end(number):
    done = []

    async def work() -> str:
        try:
            os.kill(os.getpid(), number)
            await asyncio.sleep(30)
        finally:
            os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)
            done.append("cleaned up")
        return "not reached"

    assert await until_told(work()) is None
    assert done == ["cleaned up"]


async def test_work_that_ends_by_itself_gives_its_result():
    async def work() -> int:
        return 7

    assert await until_told(work()) == 7


async def test_what_goes_wrong_is_raised():
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until_told(work())
