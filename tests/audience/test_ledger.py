"""Whatever the order of the facts, and wherever the checkpoints fall: the figures are those of the sessions themselves."""

from collections import Counter, namedtuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.audience.facts import QUALIFIED, QUARTER, Fact, Listener, session_key
from exporter.audience.ledger import Ledger
from exporter.audience.quarters import LISTENED
from exporter.audience.tallies import DURATION_BUCKETS, Tallies
from exporter.store import sketches
from exporter.store.checkpoint import CHANGING, Erased
from exporter.store.schema import session as session_table

MONDAY = 1_763_942_400_000  # 2025-11-24, a whole quarter-hour
NOBODY = Erased(0, {}, {})
Row = namedtuple("Row", [column.name for column in session_table.columns])  # noqa: PYI024


class Store:
    """The tables, as far as the ledger needs them."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Any] = {}
        self.quarters: Counter[tuple[int, str, str, int]] = Counter()
        self.people: dict[tuple[int, str], Any] = {}

    def take(self, ledger: Ledger) -> None:
        checkpoint = ledger.gather(1)
        for row in checkpoint.sessions:
            assert row[0] not in self.rows
            self.rows[row[0]] = Row(*row)
        for key, *values in checkpoint.changed:
            self.rows[key] = self.rows[key]._replace(**dict(zip(CHANGING, values, strict=True)))
        for key, seen, sent, events in checkpoint.seen:
            self.rows[key] = self.rows[key]._replace(seen=seen, sent=sent, events=events)
        for (start, channel, country), sums in checkpoint.quarters.items():
            for place, value in enumerate(sums):
                self.quarters[start, channel, country, place] += value
        for people_key, people in checkpoint.people.items():
            self.people[people_key] = sketches.union((self.people.get(people_key), people.listeners))
        ledger.committed(NOBODY, MONDAY)


def feed(ledger: Ledger, store: Store, facts: list[Fact]) -> None:
    keys, identities = ledger.unknown(facts)
    ledger.restore([store.rows[key] for key in keys if key in store.rows], MONDAY)
    known = {row.identity for row in store.rows.values() if row.begun} & identities
    ledger.apply(facts, known, MONDAY)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[Listener, list[Fact]]]:
    """Sessions as they were, each with all that is told of it."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        identity = bytes([draw(st.integers(0, 3))]) * 16
        who = Listener(
            "s1",
            draw(st.sampled_from(["jazz", "rock"])),
            "hls",
            identity,
            identity,
            country=draw(st.sampled_from(["DE", "US"])),
        )
        start = MONDAY + draw(st.integers(0, 3 * QUARTER))
        steps = sorted(draw(st.lists(st.integers(0, 2 * QUARTER), min_size=0, max_size=3)))
        key = session_key("test", "s1", 0, str(number))
        facts = [Fact("test", "started", key, start, 1, start, listener=who)]
        facts += [
            Fact("test", "updated", key, start + step, 2 + place, start, sent=step, listener=who)
            for place, step in enumerate(steps)
        ]
        if draw(st.booleans()):
            end = start + max(steps, default=0) + draw(st.integers(0, QUARTER))
            facts.append(
                Fact(
                    "test",
                    "closed",
                    key,
                    end,
                    9,
                    draw(st.sampled_from([start, None])),
                    reason="left",
                    listener=who,
                    begins=False,
                )
            )
        found.append((who, facts))
    return found


@settings(deadline=None, max_examples=150)
@given(lives(), st.data())
def test_the_figures_are_those_of_the_sessions(found: list[tuple[Listener, list[Fact]]], data: st.DataObject) -> None:
    told = [fact for _, facts in found for fact in facts]
    told += data.draw(st.lists(st.sampled_from(told), max_size=5))
    told = data.draw(st.permutations(told))
    ledger, store = Ledger(lambda: Tallies(["US"], returning=True)), Store()
    for fact in told:
        feed(ledger, store, [fact])
        if data.draw(st.integers(0, 2)) == 0:
            store.take(ledger)
    store.take(ledger)
    expect(ledger.tallies, store, found)


def expect(tallies: Tallies, store: Store, found: list[tuple[Listener, list[Fact]]]) -> None:
    for key, value in counted(found).items():
        assert tallies.counters.value(*key) == value, key
    new = sum(value for key, value in tallies.counters.all().items() if key[0] == "listeners_new")
    returning = sum(value for key, value in tallies.counters.all().items() if key[0] == "listeners_returning")
    assert new == len({who.identity for who, _ in found})
    assert new + returning == len(found)
    quarters, listeners = by_the_quarter(found)
    listened: Counter[tuple[int, str]] = Counter()
    for (start, channel, _, place), value in store.quarters.items():
        if place == LISTENED:
            listened[start, channel] += value
    assert +listened == +quarters
    distinct = {key: sketches.count(sketch) for key, sketch in store.people.items() if key[1]}
    assert {key: number for key, number in distinct.items() if number} == {
        key: len(some) for key, some in listeners.items()
    }
    still_there = sum(1 for _, facts in found if facts[-1].kind != "closed")
    assert tallies.present.everyone == still_there == sum(tallies.present.channels.values())


def counted(found: list[tuple[Listener, list[Fact]]]) -> Counter[tuple[str, ...]]:
    truth: Counter[tuple[str, ...]] = Counter()
    for who, facts in found:
        lasted, where = max(fact.at for fact in facts) - facts[0].at, (who.server, who.channel)
        truth["sessions_started", *where] += 1
        truth["country_sessions_started", who.country] += 1
        truth["listening", *where] += lasted
        truth["country_listening", who.country] += lasted
        truth["sent", *where] += max((fact.sent or 0 for fact in facts), default=0)
        truth["sessions_closed", *where, "left"] += facts[-1].kind == "closed"
        if lasted >= QUALIFIED:
            truth["qualified_sessions", *where] += 1
            truth["qualified_listening", *where] += lasted
            truth["royalty_listening", who.channel, "US"] += lasted if who.country == "US" else 0
    return truth


def by_the_quarter(
    found: list[tuple[Listener, list[Fact]]],
) -> tuple[Counter[tuple[int, str]], dict[tuple[int, str], set[bytes]]]:
    quarters: Counter[tuple[int, str]] = Counter()
    listeners: dict[tuple[int, str], set[bytes]] = {}
    for who, facts in found:
        begin, end = facts[0].at, max(fact.at for fact in facts)
        for start in range(begin - begin % QUARTER, max(end, begin + 1), QUARTER):
            quarters[start, who.channel] += max(0, min(end, start + QUARTER) - max(begin, start))
            listeners.setdefault((start, who.channel), set()).add(who.identity)
    return quarters, listeners


@pytest.mark.parametrize(("lasted", "qualified"), [(59_999, 0), (60_000, 60_000), (61_000, 61_000)])
def test_a_session_counts_from_its_first_second_once_it_has_lasted_a_minute(lasted: int, qualified: int) -> None:
    ledger, store = Ledger(lambda: Tallies([], returning=True)), Store()
    who, key = Listener("s1", "jazz", "hls", b"i" * 16, b"a" * 16), session_key("test", "s1", 0, "one")
    feed(ledger, store, [Fact("test", "started", key, MONDAY, 1, MONDAY, listener=who)])
    for at in (20_000, 59_000, lasted):
        feed(ledger, store, [Fact("test", "updated", key, MONDAY + at, at, MONDAY, listener=who)])
    assert ledger.tallies.counters.value("qualified_listening", "s1", "jazz") == qualified
    assert ledger.tallies.counters.value("listening", "s1", "jazz") == lasted


def test_how_long_it_lasted_is_in_the_bucket_of_its_bound() -> None:
    ledger, store = Ledger(lambda: Tallies([], returning=True)), Store()
    who = Listener("s1", "jazz", "hls", b"i" * 16, b"a" * 16)
    for number, lasted in enumerate((0, 10_000, 10_001, 28_800_001)):
        key = session_key("test", "s1", 0, str(number))
        feed(ledger, store, [Fact("test", "closed", key, MONDAY + lasted, 1, MONDAY, reason="left", listener=who)])
    found = {
        bound: ledger.tallies.counters.value("duration_bucket", "s1", "jazz", str(bound))
        for bound in (*DURATION_BUCKETS, 0)
    }
    assert {bound: number for bound, number in found.items() if number} == {10: 2, 30: 1, 0: 1}


def test_who_asked_to_be_forgotten_is_gone_from_memory() -> None:
    ledger, store = Ledger(lambda: Tallies([], returning=True)), Store()
    for name in ("a", "b"):
        who = Listener("s1", "jazz", "hls", name.encode() * 16, name.encode() * 16)
        feed(
            ledger,
            store,
            [Fact("test", "started", session_key("test", "s1", 0, name), MONDAY, 1, MONDAY, listener=who)],
        )
    ledger.gather(1)
    ledger.committed(Erased(7, {b"a" * 16: MONDAY}, {}), MONDAY)
    assert [session.listener.identity for session in ledger.sessions.values()] == [b"b" * 16]
    assert ledger.tallies.present.everyone == 1
    assert ledger.erased_after == 7
