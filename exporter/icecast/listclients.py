"""Reads `/admin/listclients?mount=…` of 2.4, KH and 2.5, piece by piece: one listener after the other.

2.4: `<listener><IP/><UserAgent/><Connected/><ID/></listener>`; KH adds `lag` and leaves the agent out if there is none;
2.5 writes all names in lower case. An address lives only as long as its `Listener`.
"""

from msgspec import Struct

from exporter.errors import ParseError
from exporter.icecast.values import Values
from exporter.icecast.xml import Reader

RELAY_AGENT = "Icecast "
"""How the agent of another Icecast that relays this mount begins."""

PROBE_AGENT = "radio-exporter-probe/"
"""How the agent of a listening probe begins, ours or another exporter's."""


class Listener(Struct, frozen=True, gc=False):
    """One connection to a mount. `seconds` = since it began; `lag_bytes` (KH) = how far it is behind the source."""

    connection: int | None
    address: str
    agent: str
    seconds: int | None
    lag_bytes: int | None

    def __repr__(self) -> str:
        """Neither address nor agent."""
        return f"Listener(connection={self.connection}, seconds={self.seconds}, lag_bytes={self.lag_bytes})"

    @property
    def relay(self) -> bool:
        """Another Icecast, not a person."""
        return self.agent.startswith(RELAY_AGENT)

    @property
    def probe(self) -> bool:
        """A listening probe, not a person."""
        return self.agent.startswith(PROBE_AGENT)


_FIELDS = ("ip", "useragent", "connected", "id", "lag")


class _Names(dict[str, str | None]):
    """An element's name as it is written to the field it is; None for those that nobody needs."""

    def __missing__(self, written: str) -> str | None:
        name = written.lower()
        return self.setdefault(written, name if name in _FIELDS else None) if len(self) < 100 else None


class ListenerParser:
    """Feed it the pieces; it holds the listeners whose elements have ended until they are taken."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._values = Values()
        self._fields: dict[str, str] | None = None
        self._depth = 0
        self._names = _Names()
        self._text: list[str] = []
        self._reader = Reader(self._start, self._end, self._text.append)

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the document; ParseError as soon as it cannot be one."""
        self._reader.feed(piece)

    @property
    def waiting(self) -> int:
        """How many came since the last time."""
        return len(self._listeners)

    def take(self) -> list[Listener]:
        """Those that came since the last time."""
        listeners, self._listeners = self._listeners, []
        return listeners

    def close(self) -> None:
        """Everything was fed; ParseError if the document is not whole."""
        self._reader.close()

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 3:  # nearly always
            self._text.clear()
        elif self._depth == 3 and name.lower() == "listener":
            self._fields = {}
        elif self._depth == 1 and name.lower() != "icestats":
            raise ParseError("not a list of listeners")

    def _end(self, name: str) -> None:
        depth, fields = self._depth, self._fields
        self._depth = depth - 1
        if fields is None:
            return
        if depth == 4:
            if (field := self._names[name]) is not None:
                fields[field] = "".join(self._text)
        elif depth == 3:
            self._listeners.append(self._listener(fields))
            self._fields = None

    def _listener(self, fields: dict[str, str]) -> Listener:
        count = self._values.count
        return Listener(
            count(fields, "id"),
            fields.get("ip", ""),
            fields.get("useragent", ""),
            count(fields, "connected"),
            self._values.byte_count(fields, "lag") if "lag" in fields else None,
        )
