"""The sessions in memory, what of them is not in the store yet, and the checkpoint made of that.

In memory are the open sessions, those that changed since the last checkpoint, and those that a late fact called back.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exporter.audience.facts import LONGEST_SESSION, Fact
from exporter.audience.sessions import Change, Session
from exporter.audience.staying import Staying
from exporter.audience.tallies import Tallies
from exporter.store.checkpoint import Checkpoint, Erased

log = logging.getLogger(__name__)

SEEN_FOR_A_CHANGED = 4
"""Sessions that only went on which are written in the time of one that changed otherwise."""


class Ledger:
    """Applies facts to sessions and tallies. Only one task may do so.

    Args:
        begin: makes tallies that stand at nothing.
        kept: milliseconds for which the store keeps sessions. An older telling cannot be known from a repetition.
    """

    tallies: Tallies

    def __init__(self, begin: Callable[[], Tallies], kept: Callable[[], int] = lambda: LONGEST_SESSION) -> None:
        self._begin, self._kept = begin, kept
        self.reset()

    def reset(self) -> None:
        """Know nothing, so that everything can be read from the store."""
        self.tallies = self._begin()
        self.sessions: dict[bytes, Session] = {}
        self._changed: dict[bytes, Session] = {}
        self._seen: dict[bytes, Session] = {}
        self._visiting: dict[bytes, Session] = {}
        self._leaving: list[Session] = []
        self._newcomers: set[bytes] = set()
        self._newcomers_leaving: set[bytes] = set()
        self._last_fact: dict[str, int] = {}
        self.erased_after = 0

    @property
    def waiting(self) -> int:
        """How much the next checkpoint has to write, in sessions that changed."""
        return len(self._changed) + len(self._seen) // SEEN_FOR_A_CHANGED

    def unknown(self, facts: Iterable[Fact]) -> tuple[set[bytes], set[bytes]]:
        """What the store must be asked before these facts can be applied: keys of sessions, identities."""
        keys, identities = set(), set()
        for fact in facts:
            session = self.sessions.get(fact.key)
            if session is None:
                keys.add(fact.key)
                who = fact.listener
            else:  # who has not begun to listen may have done so elsewhere since
                who = None if session.begun else session.listener
            if who is not None:
                identities.add(who.identity)
        return keys, identities

    def restore(self, rows: Iterable[Any], now: int) -> None:
        """Take sessions from the store."""
        for row in rows:
            session = Session.from_row(row, now)
            self.sessions[session.key] = session
            if session.ended is not None:
                self._visiting[session.key] = session
            self.tallies.restored(session)

    def apply(self, facts: Sequence[Fact], known: set[bytes], now: int) -> None:
        """Apply these. `known` = those of the identities asked about that the store has."""
        staying = Staying()
        for fact in facts:
            try:
                if not self._stays(fact, now, staying):
                    self._apply(fact, known, now)
            except Exception:
                # It is in the journal: if it stopped us here, it would stop every start from now on.
                log.exception("a fact could not be applied, which is a bug of the exporter; it goes on without it")
        self._count(staying, now)

    def _stays(self, fact: Fact, now: int, staying: Staying) -> bool:
        """Whether a fact says no more than that somebody still listens; then it is applied."""
        session = self.sessions.get(fact.key)
        if session is None or (longer := session.only_longer(fact)) is None:
            return False
        session.heard = now
        staying.told[fact.sender] += 1
        if longer:
            staying.add(session, longer)
            if session.key not in self._changed:
                self._seen[session.key] = session
        return True

    def _count(self, staying: Staying, now: int) -> None:
        for sender, number in staying.told.items():
            self.tallies.counters.fresh["facts", sender, "updated"] += number
            self._last_fact[sender] = now
        for whose, (listened, qualified) in staying.listened.items():
            self.tallies.stayed(whose, listened, qualified)

    def _apply(self, fact: Fact, known: set[bytes], now: int) -> None:
        count, session = self.tallies.counters.fresh, self._session(fact, now)
        if session is None or session.heard_before(fact.event):
            count["duplicates", fact.sender] += 1
            return
        if fact.final or fact.reason != "expired":  # that nothing more was heard of it, nobody has told us
            count["facts", fact.sender, fact.kind] += 1
            self._last_fact[fact.sender] = now
        before = session.take(fact)
        session.heard = now
        if session.begun and not before.begun:
            self._begins(session, known)
        self._note(session, fact, before)
        self.tallies.changed(session, before, now)

    def _session(self, fact: Fact, now: int) -> Session | None:
        session = self.sessions.get(fact.key)
        if session is None and fact.listener is not None and fact.at >= now - self._kept():
            session = self.sessions[fact.key] = Session.of(fact, fact.listener, now)
        return session  # none: it was forgotten, or is beyond its retention

    def _begins(self, session: Session, known: set[bytes]) -> None:
        identity = session.listener.identity
        session.returning = identity in known or identity in self._newcomers or identity in self._newcomers_leaving
        self._newcomers.add(identity)

    def _note(self, session: Session, fact: Fact, before: Change) -> None:
        """It must be written: whole, or only how long it has lasted if that is all that changed."""
        only_longer = fact.kind == "updated" and before.open and before.started == session.started
        if only_longer and session.key not in self._changed:
            self._seen[session.key] = session
        else:
            self._changed[session.key] = session
            self._seen.pop(session.key, None)

    def gather(self, sequence: int) -> Checkpoint:
        """Everything that is not in the store. What comes from now on waits for the next checkpoint."""
        self._leaving = [*self._changed.values(), *self._seen.values(), *self._visiting.values()]
        self._newcomers_leaving = self._newcomers
        sessions = [session.row() for session in self._changed.values() if not session.stored]
        changed = [session.changes() for session in self._changed.values() if session.stored]
        seen = [(session.key, session.seen, session.sent, session.events) for session in self._seen.values()]
        self._changed, self._seen, self._visiting, self._newcomers = {}, {}, {}, set()
        self._note_last_facts()
        return Checkpoint(
            sequence,
            sessions,
            changed,
            seen,
            self.tallies.counters.leave(),
            self.tallies.quarters.leave(),
            self.tallies.uniques.leave(),
            self.erased_after,
        )

    def committed(self, erased: Erased, now: int) -> None:
        """The checkpoint that was gathered is in the store: let go of sessions that are over, and of the erased."""
        self._newcomers_leaving = set()
        self.tallies.counters.arrived()
        self.tallies.uniques.arrived(now)
        for session in self._leaving:
            session.stored = True
            if session.ended is not None and session.key not in self._changed:
                self.sessions.pop(session.key, None)
        self._leaving = []
        if erased.latest > self.erased_after:
            self.erased_after = erased.latest
            self._erase(erased)

    def _erase(self, erased: Erased) -> None:
        gone = [
            s for s in self.sessions.values() if erased.includes(s.listener.address, s.listener.identity, s.started)
        ]
        for session in gone:
            if session.open and session.listener.person:
                self.tallies.present.move(session.listener, -1)
            for kept in (self.sessions, self._changed, self._seen, self._visiting):
                kept.pop(session.key, None)

    def _note_last_facts(self) -> None:
        """When each sender was last heard: kept like a counter, as the time of day is one."""
        counters = self.tallies.counters
        for sender, at in self._last_fact.items():
            counters.fresh["last_fact", sender] += at - counters.value("last_fact", sender)
        self._last_fact = {}

    def idle(self, before: int) -> list[Session]:
        """Open sessions that were last heard of before a moment."""
        return [session for session in self.sessions.values() if session.ended is None and session.heard < before]
