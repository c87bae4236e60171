"""Which connections stood on a server's lists of listeners: those that are missing from the next ones have left.

Lists are compared for the whole server and not one by one, for a listener can be moved from one to another.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import ClassVar, Protocol

from exporter.audience.facts import LONGEST_SESSION, Fact, Kind, Listener, session_key
from exporter.audience.reception import Reception
from exporter.errors import StoreFailed


class Connection(Protocol):
    """One listener on a list."""

    @property
    def connection(self) -> int | None:
        """Its number on the server."""
        ...

    @property
    def address(self) -> str:
        """Where it comes from."""
        ...

    @property
    def agent(self) -> str:
        """What its player calls itself."""
        ...

    @property
    def seconds(self) -> int | None:
        """How long it has lasted."""
        ...


class Books(Reception, Protocol):
    """What attendance needs of the audience."""

    @property
    def store_problem(self) -> str | None:
        """Why nothing can be stored at the moment."""
        ...

    def know(self, server: str, channel: str) -> None:
        """There is such a channel."""
        ...

    def clamped(self, sender: str, number: int) -> None:
        """So many values made no sense and were put right."""
        ...

    def connections(self, server: str) -> dict[int, bytes]:
        """The open sessions of a server, by the number of their connection."""
        ...

    def left(self, keys: Iterable[bytes], reason: str) -> list[Fact]:
        """These have ended when they were last seen: those of them that are still open."""
        ...

    async def tell(self, facts: Sequence[Fact]) -> None:
        """Return when they are committed; StoreFailed."""
        ...


class Lists(ABC):
    """The connections of one server, round after round.

    Args:
        server: its configured name.
        books: where sessions are kept.
        clock: now, in milliseconds.
    """

    sender: ClassVar[str]
    """What its facts and its protocol are called."""

    def __init__(self, server: str, books: Books, clock: Callable[[], int]) -> None:
        self._server, self._books, self._clock = server, books, clock
        self._present: dict[int, bytes] = {}
        self._called: set[int] = set()
        self._whole = False
        """Whether everything of this round was told so far; if not, the next round tells it all again."""

    def expect(self, channels: Iterable[str]) -> None:
        """These channels are on the air: their counters begin at 0, so that the first listener is a step."""
        for channel in channels:
            self._books.know(self._server, channel)

    async def begin(self, server_start: float | None) -> None:
        """A round over all lists begins. `server_start` = Unix time in seconds, where the server says it."""
        self._called, self._whole = set(), self._books.store_problem is None
        if self._whole:
            await self._prepare(server_start)

    async def call(self, channel: str, listeners: Iterable[Connection]) -> None:
        """Some of those who are on the list of a channel now."""
        if not self._whole:
            return
        facts: list[Fact] = []
        at, newcomers = self._clock(), {}
        for one in listeners:
            if (number := one.connection) is None or one.seconds is None:
                continue
            self._called.add(number)
            key, before, who = self._key(number, one, at), self._present.get(number), None
            if key != before:
                facts += self._books.left([before], "gone") if before else ()
                newcomers[number], who = key, self._newcomer(channel, one, at, key)
            kind: Kind = "updated" if who is None else "started"
            lasted = one.seconds * 1000
            if lasted > LONGEST_SESSION:
                lasted = LONGEST_SESSION
                self._books.clamped(self.sender, 1)
            facts.append(Fact(self.sender, kind, key, at, 0, None, lasted, None, "", False, who))
        if await self._tell(facts):
            self._present |= newcomers

    async def end(self, unread: Collection[str] = ()) -> None:
        """The round is over: who was on none of the lists has left, unless a list could not be read."""
        if not self._whole or unread:
            return
        missing = [number for number in self._present if number not in self._called]
        if await self._tell(self._books.left([self._present[number] for number in missing], "gone")):
            self._forget(missing)

    @abstractmethod
    async def _prepare(self, server_start: float | None, /) -> None:
        """Before a round: find out which of the open sessions are present."""

    @abstractmethod
    def _key(self, number: int, one: Connection, at: int, /) -> bytes:
        """The session of a connection that is there now; another than that which is present under its number: anew."""

    def _forget(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            del self._present[number]

    def _newcomer(self, channel: str, one: Connection, at: int, key: bytes) -> Listener | None:
        if self._books.known(key):
            return None
        return self._books.listener(
            server=self._server,
            channel=channel,
            protocol=self.sender,
            address=one.address,
            agent=one.agent,
            at=at,
            connection=one.connection,
        )

    async def _tell(self, facts: list[Fact]) -> bool:
        """Whether they were taken. If not, the store has said so itself."""
        try:
            await self._books.tell(facts)
        except StoreFailed:
            self._whole = False
            return False
        return True


class Attendance(Lists):
    """The connections of one Icecast, whose numbers begin anew with each start of the server.

    A listener who is moved to another mount (a fallback) keeps the number.
    """

    sender = "icecast"

    def __init__(self, server: str, books: Books, clock: Callable[[], int]) -> None:
        super().__init__(server, books, clock)
        self._epoch: int | None = None

    def key(self, connection: int) -> bytes | None:
        """The session of a connection of the server's present start; None while we do not know that start."""
        if self._epoch is None:
            return self._books.connections(self._server).get(connection)
        return self._of_epoch(self._epoch, connection)

    async def _prepare(self, server_start: float | None, /) -> None:
        """Another start of the server than before: everybody of that one has left."""
        epoch = int(server_start or 0)
        if epoch == self._epoch:
            return
        there = self._books.connections(self._server)
        kept = {number: key for number, key in there.items() if key == self._of_epoch(epoch, number)}
        left = [key for number, key in there.items() if number not in kept]
        if await self._tell(self._books.left(left, "server_restart")):
            self._epoch, self._present = epoch, kept

    def _key(self, number: int, _one: Connection, _at: int, /) -> bytes:
        return self._present.get(number) or self._of_epoch(self._epoch or 0, number)

    def _of_epoch(self, epoch: int, connection: int) -> bytes:
        return session_key(self.sender, self._server, epoch, str(connection))
