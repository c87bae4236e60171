"""What a change of a session does to every figure: counters, who is there now, quarter-hours, distinct listeners."""

from collections import Counter
from collections.abc import Iterable

from exporter.audience.counters import Counters
from exporter.audience.facts import QUARTER, Listener
from exporter.audience.people import Uniques
from exporter.audience.quarters import (
    ENDED,
    LISTENED,
    NEW,
    QUALIFIED_LISTENED,
    QUALIFIED_SESSIONS,
    RETURNING,
    SENT,
    STARTED,
    QuarterSums,
    grown,
    newly_qualified,
)
from exporter.audience.sessions import Change, Session

DURATION_BUCKETS = (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800)
"""Upper bounds in seconds of `radio_session_duration_seconds`."""

DIMENSIONS = ("country", "protocol", "player_class", "player", "server")
"""Properties of a listener by which the sessions of the moment are counted one by one."""

Whose = tuple[str, str, str, int]
"""Server, channel, country, and the quarter-hour: its start."""

City = tuple[str, str, float | None, float | None]
"""Country, city, latitude, longitude."""


class Present:
    """The sessions that are open at the moment, by everything they are counted by. Persons only."""

    def __init__(self) -> None:
        self.channels: Counter[tuple[str, str]] = Counter()  # server, channel
        self.by: dict[str, Counter[str]] = {dimension: Counter() for dimension in DIMENSIONS}
        self._country, self._protocol, self._player_class, self._player, self._server = self.by.values()
        self.cities: Counter[City] = Counter()
        self.of_channel: Counter[str] = Counter()
        self.everyone = 0

    def move(self, who: Listener, by: int) -> None:
        """One more or one less."""
        self.everyone += by
        self.channels[who.server, who.channel] += by
        self.of_channel[who.channel] += by
        self._country[who.country] += by  # one by one: a loop over them takes twice as long
        self._protocol[who.protocol] += by
        self._player_class[who.player_class] += by
        self._player[who.player] += by
        self._server[who.server] += by
        city = who.country, who.city, who.latitude, who.longitude
        self.cities[city] += by
        if not self.cities[city]:
            del self.cities[city]  # there are many; every other label keeps its 0


class Tallies:
    """All figures of the audience.

    Args:
        royalty_countries: whose hours are counted by channel.
        returning: whether new and returning listeners can be told apart.
    """

    def __init__(self, royalty_countries: Iterable[str], *, returning: bool) -> None:
        self.counters = Counters()
        self.present = Present()
        self.uniques = Uniques()
        self.quarters = QuarterSums()
        self.returning = returning
        self._royalty_countries = frozenset(royalty_countries)
        self._channels: set[tuple[str, str]] = set()

    def know(self, server: str, channel: str) -> None:
        """There is such a channel, whether anybody listens or not."""
        self._channels.add((server, channel))

    def channels(self) -> list[tuple[str, str]]:
        """Every server and channel that was ever heard of, sorted."""
        return sorted(self._channels)

    def load(self, name: str, labels: str, value: int) -> None:
        """Take a counter from the store."""
        key = self.counters.load(name, labels, value)
        if name == "sessions_started":
            self._channels.add((key[1], key[2]))

    def restored(self, session: Session) -> None:
        """An open session came from the store: everything but its presence was counted before."""
        if session.open and session.listener.person:
            self.present.move(session.listener, 1)

    def changed(self, session: Session, before: Change, now: int) -> None:
        """Count what became of a session. `now` decides in which quarter-hour the most were there at one time."""
        who = session.listener
        if not (who.person and session.begun):
            return
        if not before.begun:
            self._begun(session)
        was = (before.started, before.seen) if before.begun else (session.started, session.started)
        if was != (session.started, session.seen) or not before.begun:
            self._listened(session, was)
        if session.sent > (before.sent if before.begun else 0):
            self._sent(session, session.sent - (before.sent if before.begun else 0))
        if session.open != before.open:
            self._moved(session, now)
        if session.ended is not None and not before.counted:
            self._ended(session)

    def stayed(self, whose: Whose, listened: int, qualified: int) -> None:
        """Count what sessions that went on within a quarter-hour add: milliseconds, and those of the qualified."""
        (server, channel, country, quarter), count = whose, self.counters.fresh
        count["listening", server, channel] += listened
        count["country_listening", country] += listened
        self.quarters.count(quarter, channel, country, LISTENED, listened)
        if not qualified:
            return
        count["qualified_listening", server, channel] += qualified
        if country in self._royalty_countries:
            count["royalty_listening", channel, country] += qualified
        self.quarters.count(quarter, channel, country, QUALIFIED_LISTENED, qualified)

    def _begun(self, session: Session) -> None:
        who, count = session.listener, self.counters.fresh
        self._channels.add((who.server, who.channel))
        count["sessions_started", who.server, who.channel] += 1
        count["country_sessions_started", who.country] += 1
        count["protocol_sessions_started", who.protocol] += 1
        count["player_class_sessions_started", who.player_class] += 1
        count["server_sessions_started", who.server] += 1
        self.quarters.count(session.started, who.channel, who.country, STARTED)
        if self.returning:
            count["listeners_returning" if session.returning else "listeners_new", who.server, who.channel] += 1
            kind = RETURNING if session.returning else NEW
            self.quarters.count(session.started, who.channel, who.country, kind)

    def _listened(self, session: Session, was: tuple[int, int]) -> None:
        who, count, now = session.listener, self.counters.fresh, (session.started, session.seen)
        for begin, end in grown(was, now):
            count["listening", who.server, who.channel] += end - begin
            count["country_listening", who.country] += end - begin
            self.quarters.listened(begin, end, who.channel, who.country, LISTENED)
        self._distinct(session, was)
        stretches = newly_qualified(was, now)
        if stretches:
            self._qualified(session, was, stretches)

    def _distinct(self, session: Session, was: tuple[int, int]) -> None:
        """The listener was there in every quarter-hour that the session has reached newly."""
        who = session.listener
        first = was == (session.started, session.started)
        for quarter in _quarters(session.started, session.seen, None if first else was):
            self.uniques.fresh.heard(quarter, who.channel, who.identity)

    def _qualified(self, session: Session, was: tuple[int, int], stretches: list[tuple[int, int]]) -> None:
        who, count, now = session.listener, self.counters.fresh, (session.started, session.seen)
        first = stretches == [now]
        if first:
            count["qualified_sessions", who.server, who.channel] += 1
            self.quarters.count(session.started, who.channel, who.country, QUALIFIED_SESSIONS)
        for begin, end in stretches:
            count["qualified_listening", who.server, who.channel] += end - begin
            if who.country in self._royalty_countries:
                count["royalty_listening", who.channel, who.country] += end - begin
            self.quarters.listened(begin, end, who.channel, who.country, QUALIFIED_LISTENED)
        for quarter in _quarters(*now, None if first else was):
            self.uniques.fresh.qualified(quarter, who.channel, who.identity)

    def _sent(self, session: Session, sent: int) -> None:
        who, count = session.listener, self.counters.fresh
        count["sent", who.server, who.channel] += sent
        count["country_sent", who.country] += sent
        count["protocol_sent", who.protocol] += sent
        count["player_class_sent", who.player_class] += sent
        count["server_sent", who.server] += sent
        self.quarters.count(session.seen, who.channel, who.country, SENT, sent)

    def _moved(self, session: Session, now: int) -> None:
        self.present.move(session.listener, 1 if session.open else -1)
        if session.open:
            self.note_peak(session.listener.channel, now)

    def note_peaks(self, now: int) -> None:
        """As `note_peak`, for every channel: those who stay are there in the new quarter-hour too."""
        for channel, number in self.present.of_channel.items():
            if number:
                self.note_peak(channel, now)

    def note_peak(self, channel: str, now: int) -> None:
        """So many are on a channel, and on the whole station, in the quarter-hour of this moment."""
        quarter = now - now % QUARTER
        self.uniques.fresh.peak(quarter, channel, self.present.of_channel[channel])
        self.uniques.fresh.peak(quarter, "", self.present.everyone)

    def _ended(self, session: Session) -> None:
        who, count, lasted = session.listener, self.counters.fresh, session.lasted
        self.quarters.count(session.seen, who.channel, who.country, ENDED)
        count["sessions_closed", who.server, who.channel, session.reason] += 1
        bucket = next((bound for bound in DURATION_BUCKETS if lasted <= bound * 1000), 0)
        count["duration_bucket", who.server, who.channel, str(bucket)] += 1
        count["duration_sum", who.server, who.channel] += lasted


def _quarters(started: int, seen: int, but: tuple[int, int] | None) -> Iterable[int]:
    """The quarter-hours that hold a stretch, without those that hold another; an empty stretch is in one."""
    first, last = started // QUARTER, (max(seen, started + 1) - 1) // QUARTER
    if but is None:
        return range(first * QUARTER, (last + 1) * QUARTER, QUARTER)
    known_first, known_last = but[0] // QUARTER, (max(but[1], but[0] + 1) - 1) // QUARTER
    if first == known_first and last == known_last:  # nearly always
        return ()
    return [quarter * QUARTER for quarter in range(first, last + 1) if not known_first <= quarter <= known_last]
