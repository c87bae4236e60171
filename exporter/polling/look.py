"""Does something that may hang, again and again, without anybody having to wait for it.

A thread cannot be cancelled, and one that asks a dead file server never ends. The pool behind `asyncio.to_thread` would
lose one of its few threads to each of them, and the exporter would wait for them when it stops. So every look has a
thread of its own, which the process does not wait for, and as long as one hangs no second one is begun.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Look(Generic[T_co]):
    """One kind of look.

    Args:
        name: of its threads.
        look: what to do, in a thread.
    """

    def __init__(self, name: str, look: Callable[[], T_co]) -> None:
        self._name, self._look = name, look
        self._under_way: asyncio.Future[T_co] | None = None

    async def once(self, within: float) -> T_co:
        """What it gives; raises what it raises, and TimeoutError after so many seconds.

        While an earlier one hangs that comes at once: it has had its time.
        """
        if self._under_way is not None and not self._under_way.done():
            raise TimeoutError
        self._under_way = self._begin()
        done, _ = await asyncio.wait({self._under_way}, timeout=within)
        if not done:
            raise TimeoutError
        return self._under_way.result()

    def _begin(self) -> asyncio.Future[T_co]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T_co] = loop.create_future()
        answer.add_done_callback(_seen)

        def look() -> None:
            try:
                tell = partial(answer.set_result, self._look())
            except Exception as error:  # noqa: BLE001  whoever waits gets it; a thread has nobody else to tell
                tell = partial(answer.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(tell)

        threading.Thread(target=look, name=self._name, daemon=True).start()
        return answer


def _seen(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()  # nobody may be waiting any more, which is no reason to complain
