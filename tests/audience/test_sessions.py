"""One session from its facts: late, twice, in any order."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.facts import Fact, Listener, session_key
from exporter.audience.sessions import Session

START = 1_763_700_000_000
KEY = session_key("flussonic", "s1", 0, "one")
WHO = Listener("s1", "jazz", "hls", b"i" * 16, b"a" * 16)


def fact(kind: str, at: int, event: int = 0, **more: object) -> Fact:
    return Fact("flussonic", kind, KEY, START + at, event, listener=WHO, **more)  # type: ignore[arg-type]


def told(facts: list[Fact]) -> Session:
    session = Session.of(facts[0], WHO, 0)
    for one in facts:
        if not session.heard_before(one.event):
            session.take(one)
    return session


LIFE = [
    fact("started", 0, 1, started=START),
    fact("updated", 60_000, 2, started=START, sent=1000),
    fact("updated", 120_000, 3, started=START, sent=2000),
    fact("closed", 150_000, 4, started=START, sent=2500, reason="left"),
]


def test_every_order_gives_the_same_session() -> None:
    rows = {told(list(order)).row()[:-1] for order in permutations(LIFE)}
    assert len(rows) == 1
    session = told(LIFE)
    assert (session.started, session.lasted, session.ended, session.sent) == (START, 150_000, START + 150_000, 2500)
    assert (session.begun, session.open, session.reason) == (True, False, "left")


@given(st.lists(st.sampled_from(LIFE), min_size=1, max_size=12).map(lambda some: [*some, *LIFE]))
def test_what_is_told_twice_counts_once(facts: list[Fact]) -> None:
    assert told(facts).row()[:-1] == told(LIFE).row()[:-1]


def test_a_telling_is_known_again_and_no_other_is_taken_for_it() -> None:
    session = told(LIFE[:1])
    for event in (0x0102030405FF, 0x060708090A0B):
        assert not session.heard_before(event)
    assert session.heard_before(0x060708090A0B)
    assert not session.heard_before(0x0405FF060708)  # its six bytes stand there, across the two


def test_an_end_alone_is_no_listener() -> None:
    session = told([fact("closed", 5_000, 9, begins=False)])
    assert not session.begun
    assert not session.open
    late = told([fact("closed", 5_000, 9, begins=False), fact("started", 1_000, 8, started=START + 1_000)])
    assert (late.begun, late.open, late.lasted) == (True, False, 4_000)


def test_who_was_given_up_too_early_goes_on() -> None:
    session = told([*LIFE[:2], fact("closed", 60_000, reason="expired", final=False, begins=False)])
    assert (session.open, session.ended) == (False, START + 60_000)
    before = session.take(LIFE[2])
    assert before.counted
    assert (session.open, session.ended, session.lasted, session.reason) == (True, None, 120_000, "expired")


def test_the_servers_own_word_is_final() -> None:
    """A list of listeners that was on its way when the connection closed."""
    exact = Fact("icecast_auth", "closed", KEY, START + 20_900, lasted=20_000, reason="left", listener=WHO)
    list_says = [Fact("icecast", "started", KEY, START + 10_000, lasted=10_000, listener=WHO)]
    session = told([*list_says, exact, Fact("icecast", "updated", KEY, START + 21_000, lasted=20_000, final=False)])
    assert (session.started, session.lasted, session.open) == (START, 20_000, False)


def test_seconds_of_a_list_do_not_add_up_to_more_than_the_server_says() -> None:
    lists = [Fact("icecast", "started", KEY, START + 300, lasted=0, listener=WHO)]
    lists += [Fact("icecast", "updated", KEY, START + 300 + at, lasted=at // 1000 * 1000) for at in (900, 1_900, 2_900)]
    assert told(lists).lasted == 2_000
