"""Sums over counters of things that come and go."""

from hypothesis import given
from hypothesis import strategies as st

from exporter.host.growing import Growing

ROUNDS = st.lists(st.tuples(st.dictionaries(st.integers(0, 3), st.integers(0, 1000)), st.sets(st.integers(0, 3))))


def test_what_one_has_added_stays_when_it_is_gone() -> None:
    sum_ = Growing()
    assert sum_.add({"a": 1000.0, "b": 500.0}) == 0  # what was before is nobody's business
    assert sum_.add({"a": 1003.0, "b": 501.0}) == 4
    assert sum_.add({"a": 1005.0}) == 6
    assert sum_.add({"a": 1005.0, "c": 2.0}, new={"c"}) == 8
    assert sum_.add({}) == 8


def test_one_that_comes_back_is_not_counted_twice() -> None:
    sum_ = Growing()
    sum_.add({"a": 10.0}, new={"a"})
    sum_.add({})
    assert sum_.add({"a": 12.0}) == 10


@given(ROUNDS)
def test_it_never_goes_back(rounds) -> None:
    sum_, before = Growing(), 0.0
    for now, new in rounds:
        after = sum_.add(now, new)
        assert before <= after <= before + sum(now.values())
        before = after
