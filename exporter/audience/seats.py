"""Which connections stood on a Shoutcast's lists of listeners, where numbers are like seats: the next one takes them.

A number (`uid`) is a connection's as long as that lasts, and may be another's after it. So a session is its stream, its
number and the second in which it began.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from exporter.audience.attendance import Books, Connection, Lists
from exporter.audience.facts import session_key

DRIFT = 10
"""Seconds by which the start of a session that was stored may differ from the start it seems to have now."""

UIDS = 2**32
"""The number of a connection on the whole server is stream * UIDS + uid."""


class _Guest(NamedTuple):
    """Who sits there: the session, how long it had lasted when it was last seen, and a mark of address and agent."""

    key: bytes
    seconds: int
    mark: int


class Seats(Lists):
    """The connections of one Shoutcast. Whoever lasts for less time than before, or is another, has just come."""

    sender = "shoutcast"

    def __init__(self, server: str, books: Books, clock: Callable[[], int]) -> None:
        super().__init__(server, books, clock)
        self._guests: dict[int, _Guest] = {}
        self._restored = False

    async def _prepare(self, _server_start: float | None, /) -> None:
        """The first round after a start finds the sessions that are open in the store."""
        if not self._restored:
            self._present, self._restored = self._books.connections(self._server), True

    def _key(self, number: int, one: Connection, at: int, /) -> bytes:
        # A mark is worth nothing outside this process. What was noted of somebody stays so also if it could not be
        # told: the start that is reckoned in the next round may be another second, and so another session.
        seconds, mark = one.seconds or 0, hash((one.address, one.agent))
        before = self._guests.get(number)
        if before is None:
            key = self._found(number, at // 1000 - seconds)
        elif before.mark == mark and before.seconds <= seconds:
            key = before.key
        else:
            key = self._began(number, at // 1000 - seconds)
        self._guests[number] = _Guest(key, seconds, mark)
        return key

    def _found(self, number: int, second: int) -> bytes:
        """The open session of the store that began at about this second, else a new one."""
        if stored := self._present.get(number):
            for drift in sorted(range(-DRIFT, DRIFT + 1), key=abs):
                if self._began(number, second + drift) == stored:
                    return stored
        return self._began(number, second)

    def _began(self, number: int, second: int) -> bytes:
        stream, uid = divmod(number, UIDS)
        return session_key(self.sender, self._server, second, f"{stream}/{uid}")

    def _forget(self, numbers: Iterable[int]) -> None:
        super()._forget(numbers)
        self._guests = {number: guest for number, guest in self._guests.items() if number in self._called}
