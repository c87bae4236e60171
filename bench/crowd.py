"""The listeners of one mount as a real server lists them: everybody's time grows, some leave and others come."""

from collections.abc import Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

from bench.documents import AGENTS, XML, Mount

CHANGING = 100
"""One in so many has left since the list before, and somebody else has come."""

LONGEST = 5400
"""Seconds for which a listener has been there at the first list, at most."""


def address(number: int) -> str:
    """One of the 131,072 addresses kept for benchmarks (RFC 2544)."""
    return f"198.{18 + number // 65536 % 2}.{number // 256 % 256}.{number % 256}"


class Crowd:
    """The listeners of a mount.

    Args:
        mount: which, and how many they are.
        numbers: the server's numbers of connections; those of one server share them.
        now: in seconds.
    """

    def __init__(self, mount: Mount, numbers: Iterator[int], now: float) -> None:
        self._numbers, self._turn = numbers, 0
        self._ids = [next(numbers) for _ in range(mount.listeners)]
        self._since = [now - 7 * number % LONGEST for number in self._ids]
        rows = "".join(map(_row, self._ids))
        self._form = (
            f"{XML}<source mount={quoteattr(mount.path)}><Listeners>{mount.listeners}</Listeners>"
            f"{rows}</source></icestats>\n"
        )

    def listclients_xml(self, now: float) -> bytes:
        """`/admin/listclients` now; each time it is asked, some have left and others come."""
        times = [int(now - since) for since in self._since]
        document = (self._form % tuple(chain.from_iterable(zip(times, self._ids, strict=True)))).encode()
        self._change(now)
        return document

    def _change(self, now: float) -> None:
        """Who comes is somebody who was there before: a new connection of the same address and agent."""
        for place in range(self._turn % CHANGING, len(self._ids), CHANGING):
            self._ids[place], self._since[place] = next(self._numbers), now
        self._turn += 1


def _row(number: int) -> str:
    """One listener, with places for the time and the number."""
    agent = escape(AGENTS[number % len(AGENTS)]).replace("%", "%%")
    return (
        f"<listener><IP>{address(number)}</IP><UserAgent>{agent}</UserAgent>"
        "<Connected>%d</Connected><ID>%d</ID></listener>"
    )
