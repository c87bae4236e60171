"""Listening sessions: what each fact changes in one, and nothing else.

Facts come late, twice and in any order, so the rules for times and bytes give the same whatever the order: a session
begins at the earliest time that was told and has lasted until the latest. (Lists of listeners tell seconds instead of
times: there the first one says when it began.) Only its own server's word that it is over is final; the first reason
that was told stays.
Applying facts touches no clock and no database: the journal's facts, applied again after a crash, give the same again.
"""

from typing import Any, NamedTuple

from msgspec import Struct

from exporter.audience.facts import QUALIFIED, QUARTER, Fact, Listener

REMEMBERED_EVENTS = 100
"""Tellings of one session that are recognised when they come again. An older one that is repeated changes nothing
anyhow but the count of facts."""

_EVENT_BYTES = 6


class Change(NamedTuple):
    """A session before a fact: what the figures need beside the session as it is now."""

    begun: bool
    open: bool
    counted: bool
    """Its end was counted before: it had ended once and went on."""
    started: int
    seen: int
    sent: int


class Session(Struct, gc=False, eq=False):
    """One listening session. Times in milliseconds.

    Not looked at by the collector of circular garbage: it holds no circles, and a hundred thousand of them would hold
    everything else up for a tenth of a second.

    Attributes:
        key: as `session_key` makes it.
        started, seen: it lasted from here to there, at least.
        heard: when we last heard of it, by our clock; not stored.
        begun: somebody did listen; False while only the end was told.
        ended: when it was found to be over; None while it is open.
        final: the server itself said that it is over.
        reason: why it ended first; it stays if the session turns out to go on.
        returning: the listener had been here before.
        events: fingerprints of what was told.
        stored: the store has a row of it.
    """

    key: bytes
    sender: str
    listener: Listener
    started: int
    seen: int
    heard: int
    begun: bool = False
    ended: int | None = None
    final: bool = False
    reason: str = ""
    sent: int = 0
    returning: bool = False
    events: bytes = b""
    stored: bool = False

    @classmethod
    def of(cls, fact: Fact, listener: Listener, heard: int) -> "Session":
        """As the first fact that is told of it finds it."""
        started = fact.at - (fact.lasted or 0)
        return cls(fact.key, fact.sender, listener, started, started, heard)

    @classmethod
    def from_row(cls, row: Any, heard: int) -> "Session":
        """From its row in the store."""
        return cls(
            bytes(row.session_key), row.sender, _listener(row), row.started, row.seen, heard, row.begun, row.ended,
            row.final, row.reason, row.sent, row.is_returning, bytes(row.events), True,
        )  # fmt: skip

    def row(self) -> tuple[Any, ...]:
        """Its row, in the order of the table's columns."""
        who = self.listener
        return (
            self.key, self.sender, who.server, who.channel, who.protocol, who.identity, who.address, who.country,
            who.city, who.latitude, who.longitude, who.player, who.player_class, who.person, who.connection,
            self.begun, self.started, self.seen, self.ended, self.final, self.reason, self.sent, self.returning,
            self.events,
        )  # fmt: skip

    def changes(self) -> tuple[Any, ...]:
        """The key, and what can change of its row: in the order of the store's CHANGING."""
        return (
            self.key, self.begun, self.started, self.seen, self.ended, self.final, self.reason, self.sent,
            self.returning, self.events,
        )  # fmt: skip

    @property
    def open(self) -> bool:
        """Somebody listens, as far as we know."""
        return self.begun and self.ended is None

    @property
    def lasted(self) -> int:
        """Milliseconds so far."""
        return self.seen - self.started

    def heard_before(self, event: int) -> bool:
        """Whether this telling was taken already; if not, it is from now on."""
        if not event:
            return False
        said = event.to_bytes(_EVENT_BYTES, "big")
        found = self.events.find(said)
        while found % _EVENT_BYTES and found >= 0:  # a match across two of them is none
            found = self.events.find(said, found + 1)
        if found >= 0:
            return True
        self.events = (self.events + said)[-REMEMBERED_EVENTS * _EVENT_BYTES :]
        return False

    def take(self, fact: Fact) -> Change:
        """Change by a fact that was not heard before; return what was."""
        before = self._as_it_is()
        if fact.lasted is None:
            self.started = min(self.started, fact.at if fact.started is None else fact.started)
        until = fact.at if fact.lasted is None else self.started + fact.lasted
        news = until > self.seen
        if news:
            self.seen = until
        if fact.sent is not None and fact.sent > self.sent:
            self.sent = fact.sent
        self.begun = self.begun or fact.begins
        if fact.kind == "closed":
            self._close(fact)
        elif news and not self.final:
            self.ended = None  # given up too early
        if self.ended is not None:
            self.ended = self.seen
        return before

    def only_longer(self, fact: Fact) -> int | None:
        """Take a fact that says no more than that somebody still listens, as nearly all of a polled list do.

        Returns:
            Milliseconds it has become longer by, if it is still in the quarter-hour in which it was last seen and has
            not just reached a minute. None if anything else is to be counted, and nothing was taken.
        """
        lasted, was = fact.lasted, self.seen
        if lasted is None or fact.kind != "updated" or fact.event or fact.sent is not None:
            return None
        if not self.begun or self.ended is not None:
            return None
        seen = self.started + lasted
        if seen <= was:
            return 0
        if (seen - 1) // QUARTER != (was - 1) // QUARTER or was - self.started < QUALIFIED <= lasted:
            return None
        self.seen = seen
        return seen - was

    def _as_it_is(self) -> Change:
        counted = self.begun and bool(self.reason)
        return Change(self.begun, self.begun and self.ended is None, counted, self.started, self.seen, self.sent)

    def _close(self, fact: Fact) -> None:
        self.ended = self.seen
        self.final = self.final or fact.final
        self.reason = self.reason or fact.reason or "other"


def _listener(row: Any) -> Listener:
    return Listener(
        row.server, row.channel, row.protocol, bytes(row.identity), bytes(row.address), row.country, row.city,
        row.latitude, row.longitude, row.player, row.player_class, row.person, row.connection,
    )  # fmt: skip
