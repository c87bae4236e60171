"""What the figures must be, summed over the sessions that really took place."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.integration.truth.generator import PROTOCOLS, REASONS, Session
from tests.integration.truth.people import listener

MINUTE, QUARTER = 60_000, 900_000
ROYALTIES = ("US",)

LABELS: dict[str, tuple[str, ...]] = {
    "radio_sessions_started_total": ("server", "channel"),
    "radio_sessions_closed_total": ("server", "channel", "reason"),
    "radio_session_duration_seconds_count": ("server", "channel"),
    "radio_listening_seconds_total": ("server", "channel"),
    "radio_session_sent_bytes_total": ("server", "channel"),
    "radio_qualified_sessions_total": ("server", "channel"),
    "radio_qualified_listening_seconds_total": ("server", "channel"),
    "radio_royalty_listening_seconds_total": ("channel", "country"),
    "radio_country_sessions_started_total": ("country",),
    "radio_country_listening_seconds_total": ("country",),
    "radio_country_sent_bytes_total": ("country",),
    "radio_protocol_sessions_started_total": ("protocol",),
    "radio_protocol_sent_bytes_total": ("protocol",),
    "radio_player_class_sessions_started_total": ("player_class",),
    "radio_player_class_sent_bytes_total": ("player_class",),
    "radio_server_sessions_started_total": ("server",),
    "radio_server_sent_bytes_total": ("server",),
    "radio_ingest_facts_total": ("sender", "kind"),
}
"""The families that are compared, each value exactly, and the labels in the order of a figure's name."""

Figures = Counter[tuple[str, ...]]
"""Family and label values, and how much: seconds as milliseconds."""


class Listening(NamedTuple):
    """A session of a person who listened, as far as it was told. Times in milliseconds."""

    server: str
    channel: str
    protocol: str
    country: str
    player_class: str
    who: tuple[str, str]
    began: int
    ended: int
    reason: str
    sent: int

    @property
    def lasted(self) -> int:
        """Milliseconds."""
        return self.ended - self.began


def told(session: Session) -> Listening | None:
    """What can be known of a session from what was told; None if it was no person, or nobody who listened.

    Where the beginning was lost the present form names it with every event. The older one does not: then the listener
    was there from the first update on, and a closing alone is none who listened.
    """
    first = session.began
    if not session.person.agent.person or session.story in ("zapper", "probe"):
        return None
    if session.story == "beginning lost" and not session.new_form:
        if not session.updates:
            return None
        first = session.updates[0]
    last = session.ended if session.story != "end lost" else max([session.began, *session.updates])
    return Listening(
        session.server,
        session.channel,
        PROTOCOLS[session.protocol],
        session.person.network.country,
        session.person.agent.player_class,
        listener(session.address, session.person.agent.text),
        first,
        last,
        "expired" if session.story == "end lost" else REASONS[session.reason],
        session.sent(last),
    )


def figures(heard: Iterable[Listening]) -> Figures:
    """Everything that is counted, once all of them have ended."""
    total: Figures = Counter()
    for one in heard:
        _add_sums(total, one)
        _add(total, "sessions_started", 1, one)
        _add(total, "sent_bytes", one.sent, one)
    return +total


def _add(total: Figures, what: str, value: int, one: Listening) -> None:
    """What is counted by every dimension."""
    whole = "radio_session_sent_bytes_total" if what == "sent_bytes" else "radio_sessions_started_total"
    total[whole, one.server, one.channel] += value
    total[f"radio_country_{what}_total", one.country] += value
    total[f"radio_protocol_{what}_total", one.protocol] += value
    total[f"radio_player_class_{what}_total", one.player_class] += value
    total[f"radio_server_{what}_total", one.server] += value


def _add_sums(total: Figures, one: Listening) -> None:
    where = one.server, one.channel
    total["radio_sessions_closed_total", *where, one.reason] += 1
    total["radio_session_duration_seconds_count", *where] += 1
    total["radio_listening_seconds_total", *where] += one.lasted
    total["radio_country_listening_seconds_total", one.country] += one.lasted
    if one.lasted >= MINUTE:
        total["radio_qualified_sessions_total", *where] += 1
        total["radio_qualified_listening_seconds_total", *where] += one.lasted
        if one.country in ROYALTIES:
            total["radio_royalty_listening_seconds_total", one.channel, one.country] += one.lasted


def facts(sessions: Iterable[Session], sender: str) -> Figures:
    """The tellings that are about a listener, each once, whoever the listener is."""
    total: Figures = Counter()
    for session in sessions:
        for kind in session.tells:
            if kind != "opened":
                total["radio_ingest_facts_total", sender, kind] += 1
    return total


Quarters = Counter[tuple[int, str, str]]
"""By start of the quarter-hour, channel and country."""


@dataclass(frozen=True)
class ByQuarter:
    """Milliseconds of listening in each quarter-hour: all of it, and that of sessions of a minute and more."""

    listened: Quarters
    qualified: Quarters


def by_quarter(heard: Iterable[Listening]) -> ByQuarter:
    """Everybody's time where it was spent."""
    sums = ByQuarter(Counter(), Counter())
    for one in heard:
        for start in _starts(one):
            spent = min(one.ended, start + QUARTER) - max(one.began, start)
            sums.listened[start, one.channel, one.country] += spent
            if one.lasted >= MINUTE:
                sums.qualified[start, one.channel, one.country] += spent
    return ByQuarter(+sums.listened, +sums.qualified)


def by_place(heard: Iterable[Listening], value: Callable[[Listening], int] = lambda _: 1) -> Counter[tuple[str, str]]:
    """Something summed by channel and country; without a `value` the sessions are counted."""
    total: Counter[tuple[str, str]] = Counter()
    for one in heard:
        total[one.channel, one.country] += value(one)
    return +total


def _starts(one: Listening) -> Iterator[int]:
    """The quarter-hours in which somebody was there."""
    yield from range(one.began // QUARTER * QUARTER, max(one.ended, one.began + 1), QUARTER)


def distinct(heard: Iterable[Listening], since: int = 0) -> dict[str, int]:
    """How many different people were there since a moment, by channel; the station is ''."""
    there: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in heard:
        if any(start >= since for start in _starts(one)):
            there[one.channel].add(one.who)
            there[""].add(one.who)
    return {channel: len(people) for channel, people in there.items()}


def differences(true: Figures, seen: Figures) -> list[str]:
    """Every figure that is not the truth, in words."""
    return [
        f"{' '.join(map(str, name))}: is {seen[name]}, should be {true[name]}"
        for name in sorted({*true, *seen}, key=str)
        if true[name] != seen[name]
    ]
