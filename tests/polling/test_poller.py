"""Schedule, coalescing, staleness and recovery of one target."""

import asyncio
import itertools

import pytest

from exporter.errors import AuthRefused
from exporter.page import Block
from exporter.polling.poller import Poller
from exporter.polling.target import StreamState


class FakeTarget:
    """A target that answers as it is told: `answers` are exceptions to raise or blocks to return."""

    source, name = "icecast", "main"

    def __init__(
        self, *answers: BaseException | Block, interval: float = 1.0, takes: float = 0.0, timeout: float = 10.0
    ) -> None:
        self.interval, self.timeout, self.takes = interval, timeout, takes
        self._answers = itertools.chain(answers, itertools.repeat({"x": "x 1\n"}))
        self.polls = 0

    async def poll(self) -> Block:
        self.polls += 1
        await asyncio.sleep(self.takes)
        answer = next(self._answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def without_reading(self) -> Block:
        return {"icecast_mount_up": 'icecast_mount_up{server="main",mount="/a"} 0\n'}

    def streams(self) -> tuple[StreamState, ...]:
        return ()

    async def background(self) -> None:
        return

    async def close(self) -> None:
        return


def up(poller: Poller) -> str:
    return poller.block()["icecast_up"].strip()


async def test_before_the_first_poll_it_says_nothing() -> None:
    assert Poller(FakeTarget()).block() == {}


async def test_a_failure_is_up_0_at_once_with_its_reason_and_recovery_is_up_1() -> None:
    poller = Poller(FakeTarget({"x": "x 1\n"}, AuthRefused("no")))
    await poller.refresh()
    assert up(poller) == 'icecast_up{server="main"} 1'
    assert "x" in poller.block()
    await poller.refresh()
    assert up(poller) == 'icecast_up{server="main"} 0'
    assert "x" not in poller.block()
    assert "icecast_mount_up" in poller.block()
    assert 'reason="auth"} 1' in poller.block()["icecast_poll_failures_total"]
    assert poller.last_error == "no"
    await poller.refresh()
    assert up(poller) == 'icecast_up{server="main"} 1'
    assert poller.last_error is None


async def test_a_hang_is_a_timeout() -> None:
    poller = Poller(FakeTarget(takes=5, timeout=0.2))
    await poller.refresh()
    assert 'reason="timeout"} 1' in poller.block()["icecast_poll_failures_total"]
    assert poller.last_error == "no whole answer within 0.2 s"


async def test_many_who_ask_at_once_share_one_poll() -> None:
    target = FakeTarget(takes=0.05)
    poller = Poller(target)
    assert all(await asyncio.gather(*(poller.refresh(within=10) for _ in range(20))))
    assert target.polls == 1


async def test_who_cannot_wait_is_told_so_and_the_poll_goes_on() -> None:
    target = FakeTarget(takes=0.1, interval=0)
    poller = Poller(target)
    patient = asyncio.create_task(poller.refresh(within=10))
    await asyncio.sleep(0)
    assert await poller.refresh(within=0.01) is False
    assert await patient is True
    assert target.polls == 1


async def test_an_impatient_one_does_not_cut_the_poll_short_for_others() -> None:
    target = FakeTarget(takes=0.1)
    poller = Poller(target)
    assert await poller.refresh(within=0.01) is False
    assert poller.waiting
    assert await poller.refresh(within=10) is True
    assert up(poller).endswith("1")
    assert target.polls == 1


async def test_a_poll_that_is_ended_from_outside_is_no_answer() -> None:
    poller = Poller(FakeTarget(takes=5))
    asking = asyncio.create_task(poller.refresh(within=10))
    await asyncio.sleep(0.01)
    await poller.stop()
    assert await asking is False


async def test_a_reading_older_than_three_intervals_is_not_believed() -> None:
    poller = Poller(FakeTarget(interval=60))
    await poller.refresh()
    poller._read_at -= 120
    assert up(poller).endswith("1")
    poller._read_at -= 60.1
    assert up(poller).endswith("0")
    assert "x" not in poller.block()
    assert poller.up is False


async def test_a_bug_is_raised_for_the_supervisor_and_leaves_no_old_reading() -> None:
    poller = Poller(FakeTarget({"x": "x 1\n"}, ZeroDivisionError()))
    await poller.refresh()
    with pytest.raises(ZeroDivisionError):
        await poller.refresh()
    assert up(poller).endswith("0")


async def test_the_block_is_the_same_object_until_something_changes() -> None:
    poller = Poller(FakeTarget())
    await poller.refresh()
    assert poller.block() is poller.block()


@pytest.mark.parametrize("failures", [1, 2, 3, 4, 10])
@pytest.mark.parametrize("took", [0.0, 0.5, 3.9])
def test_after_a_failure_it_asks_again_no_later_than_usual(failures: int, took: float) -> None:
    poller = Poller(FakeTarget(interval=5.0))
    poller._failures_in_a_row = failures
    pause = poller._pause(began=100.0, now=100.0 + took)
    assert pause >= 0
    assert took + pause <= 5.0 + 1e-9
    if failures == 1:
        assert pause <= 1.25
    if failures >= 4:
        assert took + pause == pytest.approx(5.0)
