"""Listening sessions: what each fact changes in one, and nothing else.

Facts come late, twice and in any order, so every rule here gives the same whatever the order: a session begins at the
earliest time that was told and has lasted until the latest; only its own server's word that it is over is final.
Applying facts touches no clock and no database: the journal's facts, applied again after a crash, give the same again.
"""

from typing import Any, NamedTuple

from exporter.audience.facts import Fact, Listener

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


class Session:
    """One listening session. Times in milliseconds.

    Attributes:
        key: as `session_key` makes it.
        begun: somebody did listen; False while only the end was told.
        started, seen: it lasted from here to there, at least.
        ended: when it was found to be over; None while it is open.
        final: the server itself said that it is over.
        reason: why it ended first; it stays if the session turns out to go on.
        returning: the listener had been here before.
        heard: when we last heard of it, by our clock; not stored.
    """

    __slots__ = (
        "begun", "ended", "events", "final", "heard", "key", "listener", "reason", "returning", "seen", "sender",
        "sent", "started",
    )  # fmt: skip

    def __init__(self, fact: Fact, listener: Listener, heard: int) -> None:
        self.key = fact.key
        self.sender = fact.sender
        self.listener = listener
        self.started = fact.at - (fact.lasted or 0)
        self.seen = self.started
        self.ended: int | None = None
        self.begun = self.final = self.returning = False
        self.reason = ""
        self.sent = 0
        self.events = b""
        self.heard = heard

    @classmethod
    def from_row(cls, row: Any, heard: int) -> "Session":
        """From its row in the store."""
        session = cls.__new__(cls)
        session.key, session.sender, session.listener = bytes(row.session_key), row.sender, _listener(row)
        session.begun, session.final, session.reason = row.begun, row.final, row.reason
        session.started, session.seen, session.ended = row.started, row.seen, row.ended
        session.sent, session.returning = row.sent, row.is_returning
        session.events = bytes(row.events)
        session.heard = heard
        return session

    def row(self) -> tuple[Any, ...]:
        """Its row, in the order of the table's columns."""
        who = self.listener
        return (
            self.key, self.sender, who.server, who.channel, who.protocol, who.identity, who.address, who.country,
            who.city, who.latitude, who.longitude, who.player, who.player_class, who.person, who.connection,
            self.begun, self.started, self.seen, self.ended, self.final, self.reason, self.sent, self.returning,
            self.events,
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
