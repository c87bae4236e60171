"""The most at one time, against counting one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.audience.facts import QUARTER
from exporter.backfill.peaks import WINDOW, Peaks

Stay = tuple[str, int, int]


def swept(stays: list[Stay], flush_every: int = 0) -> dict[tuple[int, str], int]:
    peaks, found = Peaks(), {}
    for number, stay in enumerate(stays, start=1):
        peaks.take(*stay)
        if flush_every and number % flush_every == 0:
            found.update(peaks.done())
    return found | dict(peaks.done(whole=True))


def counted(stays: list[Stay]) -> dict[tuple[int, str], int]:
    """At every start, and at the beginning of every quarter-hour: how many are there."""
    found: dict[tuple[int, str], int] = {}
    for name in {stay[0] for stay in stays} | {""}:
        here = [(start, end) for channel, start, end in stays if name in ("", channel)]
        quarters = {quarter for start, end in here for quarter in range(start // QUARTER, (end - 1) // QUARTER + 1)}
        for quarter in quarters:
            begin = quarter * QUARTER
            moments = {begin} | {start for start, _ in here if begin <= start < begin + QUARTER}
            found[begin, name] = max(sum(start <= at < end for start, end in here) for at in moments)
    return {key: number for key, number in found.items() if number}


stays = st.lists(
    st.tuples(st.sampled_from(["/a", "/b"]), st.integers(0, 12 * 900), st.integers(1, 5 * 900)).map(
        lambda drawn: (drawn[0], drawn[1] * 1000, (drawn[1] + drawn[2]) * 1000)
    ),
    max_size=40,
)


@given(stays, st.integers(0, 5))
@settings(max_examples=300)
def test_as_counted(drawn: list[Stay], flush_every: int) -> None:
    in_order = sorted(drawn, key=lambda stay: stay[2])
    assert swept(in_order, flush_every) == counted(drawn)


def test_who_leaves_as_another_comes_was_not_there_together() -> None:
    assert swept([("/a", 0, 60_000), ("/a", 60_000, 90_000)]) == {(0, "/a"): 1, (0, ""): 1}
    assert swept([("/a", 0, QUARTER), ("/a", QUARTER, 2 * QUARTER)]) == {
        (0, "/a"): 1, (0, ""): 1, (QUARTER, "/a"): 1, (QUARTER, ""): 1
    }  # fmt: skip


def test_memory_is_that_of_a_month() -> None:
    peaks, shown = Peaks(), {}
    for day in range(120):
        for second in range(0, 86_400, 600):
            start = (day * 86_400 + second) * 1000
            peaks.take("/a", start, start + 1_200_000)
        shown.update(peaks.done())
        assert len(peaks._moments) <= WINDOW + 98
    assert len(shown) > 2 * 80 * 96
    assert set(list(shown.values())[10:]) == {2}


def test_a_line_that_comes_a_month_late_is_counted_as_that() -> None:
    peaks = Peaks()
    peaks.take("/a", 0, 60_000)
    peaks.take("/a", 40 * 96 * QUARTER, 40 * 96 * QUARTER + 1000)
    assert dict(peaks.done()) == {(0, "/a"): 1, (0, ""): 1}
    peaks.take("/a", 0, 60_000)
    assert peaks.late == 1
