"""Goes over the lists of listeners of one server, one after the other, and has them made into sessions.

This is slower than the polls and apart from them: one request a list, and a failure costs nothing but these lists.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Generic, Protocol, TypeVar

from exporter.errors import ParseError, PollError

log = logging.getLogger(__name__)

L_contra = TypeVar("L_contra", contravariant=True)
L = TypeVar("L")


class Attendance(Protocol[L_contra]):
    """Who makes sessions of the lists."""

    def expect(self, channels: Iterable[str]) -> None:
        """These mounts or streams are on the air, whether anybody listens or not."""
        ...

    async def begin(self, server_start: float | None) -> None:
        """A round over all lists of the server begins."""
        ...

    async def call(self, channel: str, listeners: Iterable[L_contra]) -> None:
        """Some of those who are on the list of a mount or stream."""
        ...

    async def end(self, unread: Collection[str]) -> None:
        """The round is over; these lists could not be read."""
        ...


class Walk(Generic[L]):
    """The walks over one server's lists.

    Args:
        target: the server as the log names it.
        timeout: seconds for one list.
        attendance: who is handed what is on them.
    """

    def __init__(self, target: str, timeout: float, attendance: Attendance[L]) -> None:
        self._target, self._timeout = target, timeout
        self.attendance = attendance
        self._failing = False

    async def over(
        self, lists: Iterable[str], read: Callable[[str], Awaitable[None]], server_start: float | None = None
    ) -> bool:
        """Have each of the lists read, which raises PollError if it cannot be; False if the server did not answer.

        A list that cannot be understood costs itself alone. A server that does not answer ends the walk.
        """
        unread: dict[str, str] = {}
        answers = True
        await self.attendance.begin(server_start)
        for name in lists:
            try:
                async with asyncio.timeout(self._timeout):
                    await read(name)
            except ParseError as error:
                unread[name] = str(error)
            except (PollError, TimeoutError) as error:
                unread[name], answers = str(error) or f"no answer within {self._timeout:g} s", False
                break
        await self.attendance.end(unread)
        self._complain(list(unread.values()))
        return answers

    def _complain(self, problems: list[str]) -> None:
        if problems and not self._failing:
            log.warning("%s: the lists of listeners cannot be read: %s", self._target, problems[-1])
        self._failing = bool(problems)
