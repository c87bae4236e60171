"""Those who just stay are counted by a short way: it must lead where the long one does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.audience.facts import QUALIFIED, QUARTER, Fact, Listener, session_key
from exporter.audience.ledger import Ledger
from exporter.audience.sessions import Session
from exporter.audience.tallies import Tallies
from exporter.store import sketches

MONDAY = 1_763_942_400_000  # 2025-11-24, a whole quarter-hour
WHO = [
    Listener("s1", "jazz", "icecast", b"i" * 16, b"a" * 16, country="US"),
    Listener("s1", "jazz", "icecast", b"j" * 16, b"a" * 16, country="DE"),
    Listener("s2", "rock", "icecast", b"j" * 16, b"a" * 16, country="US"),
    Listener("s1", "jazz", "icecast", b"r" * 16, b"a" * 16, person=False),
]


def polled(number: int, lasted: int, kind: Any = "updated", sent: int | None = None) -> Fact:
    """What a list says of a session that began with Monday, one second later than the one before."""
    key, began = session_key("icecast", "s1", 0, str(number)), MONDAY - 1000 * number
    begins = kind != "closed"
    return Fact("icecast", kind, key, began + lasted, 0, None, lasted, sent, "gone", False, WHO[number], begins)


MOMENTS = st.one_of(
    st.integers(0, 3 * QUARTER),
    st.sampled_from([0, 1, QUALIFIED - 1, QUALIFIED, QUALIFIED + 1, QUARTER - 1, QUARTER, QUARTER + 1, QUARTER + 1000]),
)
FACTS = st.builds(
    polled,
    st.integers(0, len(WHO) - 1),
    MOMENTS,
    st.sampled_from(["updated"] * 8 + ["closed", "started"]),
    st.sampled_from([None] * 5 + [1000]),
)


def figures(facts: list[list[Fact]]) -> dict[str, Any]:
    """Everything that is counted and stored of some polls."""
    ledger = Ledger(lambda: Tallies(["US"], returning=True))
    found: dict[str, Any] = {"sessions": {}}
    for number, some in enumerate(facts):
        ledger.apply(some, set(), MONDAY + number)
        found["sessions"] |= {session.key: session.row() for session in ledger.sessions.values()}
    checkpoint = ledger.gather(1)
    people = {
        key: [some.peak, *(sketches.count(sketch) if sketch else 0 for sketch in (some.listeners, some.qualified))]
        for key, some in checkpoint.people.items()
    }
    totals = {key: value for key, value in checkpoint.totals.items() if value}
    quarters = {key: list(sums) for key, sums in checkpoint.quarters.items() if any(sums)}
    return found | {"totals": totals, "quarters": quarters, "people": people}


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(FACTS, max_size=6), max_size=8))
def test_the_short_way_and_the_long_way_lead_to_the_same_figures(facts: list[list[Fact]]) -> None:
    short = figures(facts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "only_longer", lambda *_: None)
        assert figures(facts) == short


def test_who_just_stays_takes_the_short_way_and_is_written_as_seen() -> None:
    ledger = Ledger(lambda: Tallies([], returning=True))
    ledger.apply([polled(0, 70_000, "started")], set(), MONDAY)
    ledger.gather(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "take", lambda *_: pytest.fail("the long way"))
        ledger.apply([polled(0, 75_000)], set(), MONDAY)
    checkpoint = ledger.gather(2)
    assert [row[:2] for row in checkpoint.seen] == [(polled(0, 0).key, MONDAY + 75_000)]
    assert not checkpoint.sessions
    assert checkpoint.quarters[MONDAY, "jazz", "US"][2] == 5000
