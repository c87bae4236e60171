"""Keeps what one target said last, asks it again in time, and says when it has fallen silent."""

import asyncio
import logging
import random
import time

from exporter.errors import REASONS, PollError, PollTimeout, Reason
from exporter.page import Block
from exporter.polling import metrics
from exporter.polling.target import Observer, Target

log = logging.getLogger(__name__)

LONGEST_JITTER = 2.0
"""Seconds over which the first polls are spread, so that many servers are not asked in one instant."""

STALE_AFTER = 3
"""A reading older than this many intervals is dropped."""


class Poller:
    """One target: its latest block, its failures, its schedule.

    Args:
        target: what is asked.
        observe: is told how each asking ended.
    """

    def __init__(self, target: Target, observe: Observer = lambda _: None) -> None:
        self.target = target
        self._observe = observe
        self._up: bool | None = None
        self.last_error: str | None = None
        self.last_attempt: float | None = None
        self._failures: dict[Reason, int] = dict.fromkeys(REASONS, 0)
        self._failures_in_a_row = 0
        self._duration: float | None = None
        self._last_success: float | None = None
        self._read_at = 0.0
        self._block: Block = {}
        self._under_way: asyncio.Task[None] | None = None

    @property
    def task_name(self) -> str:
        """`icecast/main`: in the log and in `radio_exporter_task_restarts_total`."""
        return f"{self.target.source}/{self.target.name}"

    @property
    def on_scrape(self) -> bool:
        """`interval: 0s`: asked by each scrape instead of in the background."""
        return self.target.interval == 0

    @property
    def waiting(self) -> bool:
        """It is polled in the background, and the first poll has not ended yet."""
        return self._up is None and not self.on_scrape

    @property
    def up(self) -> bool | None:
        """Whether the latest poll gave a reading that is still good; None before the first one ended."""
        return False if self._stale else self._up

    def block(self) -> Block:
        """What is served now. The same object until something changed."""
        return self.silent_block() if self._stale else self._block

    def silent_block(self) -> Block:
        """What is served when a scrape could not wait for the answer."""
        return self._with_state(self.target.without_reading(), up=False)

    async def run(self) -> None:
        """Poll for ever at the target's interval."""
        await asyncio.sleep(random.uniform(0, min(self.target.interval, LONGEST_JITTER)))  # noqa: S311  no secret
        while True:
            began = time.monotonic()
            await self.refresh()
            await asyncio.sleep(self._pause(began, time.monotonic()))

    async def refresh(self, within: float | None = None) -> bool:
        """Ask once, or wait for the asking that is under way; True if it ended `within` seconds.

        It goes on for the target's own timeout even if whoever began it cannot wait so long: others may.

        Raises whatever is not a PollError: a bug, for the supervisor.
        """
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._ask(), name=f"{self.task_name} poll")
            self._under_way.add_done_callback(self._ended)
        task = self._under_way
        done, _ = await asyncio.wait({task}, timeout=within)
        if not done or task.cancelled():
            return False
        task.result()
        return True

    async def stop(self) -> None:
        """End the asking that is under way, if any."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait({self._under_way})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way = None
        if not task.cancelled():
            task.exception()  # a bug reaches the supervisor through refresh(); nobody may be waiting any more

    @property
    def _stale(self) -> bool:
        if not self._up or self.on_scrape:
            return False
        return time.monotonic() - self._read_at > STALE_AFTER * self.target.interval

    async def _ask(self) -> None:
        began = time.monotonic()
        self.last_attempt = time.time()
        try:
            async with asyncio.timeout(self.target.timeout):
                block = await self.target.poll()
        except PollError as error:
            self._failed(error, began)
        except TimeoutError:
            self._failed(PollTimeout(f"no whole answer within {self.target.timeout:g} s"), began)
        except Exception:
            # The supervisor tells of the bug; here it only must not leave an old reading standing.
            self._lost("the poll crashed: a bug of the exporter, see its log")
            raise
        else:
            self._succeeded(block, began)

    def _succeeded(self, block: Block, began: float) -> None:
        if self._up is False:
            log.info("%s answers again", self.task_name)
        self._read_at, self._last_success = time.monotonic(), round(time.time(), 3)
        self._duration = round(self._read_at - began, 6)
        self._failures_in_a_row = 0
        self._up, self.last_error = True, None
        self._block = self._with_state(block, up=True)
        self._observe(True)

    def _failed(self, error: PollError, began: float) -> None:
        self._duration = round(time.monotonic() - began, 6)
        self._failures[error.reason] += 1
        self._failures_in_a_row += 1
        if self.last_error != str(error):
            log.warning("%s cannot be read (%s): %s", self.task_name, error.reason, error)
        self._lost(str(error))

    def _lost(self, why: str) -> None:
        self._up, self.last_error = False, why
        self._block = self.silent_block()
        self._observe(False)

    def _with_state(self, block: Block, *, up: bool) -> Block:
        target = self.target
        state = metrics.render(
            target.source,
            target.name,
            up=up,
            duration=self._duration,
            failures=self._failures,
            last_success=self._last_success,
        )
        return {**state, **block}

    def _pause(self, began: float, now: float) -> float:
        """Seconds to the next poll. After a failure it comes sooner, then later again, never after the usual time."""
        due = began + self.target.interval
        if self._failures_in_a_row:
            due = min(due, now + self.target.interval / 4 * 2 ** min(self._failures_in_a_row - 1, 8))
        return max(0.0, due - now)
