"""Reads `/admin/listclients?mount=…` of 2.4, KH and 2.5, piece by piece: one listener after the other.

2.4: `<listener><IP/><UserAgent/><Connected/><ID/></listener>`; KH adds `lag` and leaves the agent out if there is none;
2.5 writes all names in lower case. An address lives only as long as its `Listener`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exporter.errors import ParseError
from exporter.icecast.values import Values
from exporter.icecast.xml import Reader

RELAY_AGENT = "Icecast "
"""How the agent of another Icecast that relays this mount begins."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One connection to a mount. `lag_bytes` (KH) = how far it is behind the source."""

    agent: str
    lag_bytes: int | None

    @property
    def relay(self) -> bool:
        """Another Icecast, not a person."""
        return self.agent.startswith(RELAY_AGENT)


class ListenerParser:
    """Feed it the pieces; it hands each listener on as soon as its element ends."""

    def __init__(self, take: Callable[[Listener], None]) -> None:
        self._take = take
        self._values = Values()
        self._fields: dict[str, str] | None = None
        self._depth = 0
        self._text: list[str] = []
        self._reader = Reader(self._start, self._end, self._text.append)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the document; ParseError as soon as it cannot be one."""
        self._reader.feed(piece)

    def close(self) -> None:
        """Everything was fed; ParseError if the document is not whole."""
        self._reader.close()

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        self._text.clear()
        if self._depth == 1 and name.lower() != "icestats":
            raise ParseError("not a list of listeners")
        if self._depth == 3 and name.lower() == "listener":
            self._fields = {}

    def _end(self, name: str) -> None:
        if self._fields is not None and self._depth == 4:
            self._fields[name.lower()] = "".join(self._text)
        elif self._fields is not None and self._depth == 3:
            self._take(self._listener(self._fields))
            self._fields = None
        self._depth -= 1

    def _listener(self, fields: dict[str, str]) -> Listener:
        return Listener(agent=fields.get("useragent", ""), lag_bytes=self._values.byte_count(fields, "lag"))
