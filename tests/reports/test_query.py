"""What a request may ask for, and what it is told otherwise."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.reports.query import BadQuery, Query, Stretch

BERLIN = ZoneInfo("Europe/Berlin")
NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
USUAL = Stretch(NOW - 86_400_000, NOW)
NAMES = ("from", "to", "limit", "by", "channel")


def stretch(since: str | None = None, until: str | None = None, days: int = 400) -> tuple[str, str]:
    pairs = [(name, value) for name, value in (("from", since), ("to", until)) if value is not None]
    found = Query(pairs, NAMES).stretch(BERLIN, USUAL, days)
    first, last = (datetime.fromtimestamp(at / 1000, UTC).isoformat() for at in (found.since, found.until))
    return first.removesuffix("+00:00"), last.removesuffix("+00:00")


def test_dates_are_the_stations_midnights() -> None:
    assert stretch("2026-03-29", "2026-03-30") == ("2026-03-28T23:00:00", "2026-03-29T22:00:00")


@pytest.mark.parametrize(
    "written",
    ["2026-05-31T14:00:00+02:00", "2026-05-31T12:00:00Z", "2026-05-31T14:00:00 02:00", "2026-05-31 12:00Z",
     "2026-05-31T07:00:00-0500", "1780228800", "1780228800.0", "2026-05-31T12:00:00.000Z"],
)  # fmt: skip
def test_moments_in_every_spelling(written: str) -> None:
    assert stretch(written) == ("2026-05-31T12:00:00", "2026-06-01T12:00:00")


def test_without_them_as_usual() -> None:
    assert stretch() == ("2026-05-31T12:00:00", "2026-06-01T12:00:00")
    assert stretch(until="2026-03-02T00:00:00Z") == ("2026-03-01T00:00:00", "2026-03-02T00:00:00")


TIME_HELP = "write a date (2026-03-29), ISO 8601 with a zone (2026-03-29T06:00:00+02:00 or …Z) or Unix seconds"
APART = "`from` and `to` are too far apart; allowed: 400 days at most"
BEHIND = "`from` is a time at or behind `to`; allowed: a time before it (`to` itself is not included)"
RANGE = "`from` is a time out of range; allowed: from 2000 to 2100 (numbers are Unix seconds)"


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("", None, f"`from` is empty; {TIME_HELP}"),
        ("yesterday", None, f"`from` is a text of another kind; {TIME_HELP}"),
        ("-5", None, f"`from` is a number of another kind; {TIME_HELP}"),
        ("1e9", None, f"`from` is a number of another kind; {TIME_HELP}"),
        ("2026-03-29T06:00:00", None, f"`from` is a time without a zone; {TIME_HELP}"),
        ("2026-02-30", None, f"`from` is a time that does not exist; {TIME_HELP}"),
        ("2026-02-30T06:00:00Z", None, f"`from` is a time that does not exist; {TIME_HELP}"),
        ("2026-02-03T25:00:00Z", None, f"`from` is a time that does not exist; {TIME_HELP}"),
        ("0001-01-01", None, RANGE),
        ("9999-12-31", None, RANGE),
        ("1780228800000", None, RANGE),
        ("0", None, RANGE),
        ("2025-01-01", None, APART),
        ("2026-05-02", "2026-05-02", BEHIND),
        ("2026-05-02", "2026-05-01", BEHIND),
        (None, "soon", f"`to` is a text of another kind; {TIME_HELP}"),
        ("٢٠٢٦-01-01", None, f"`from` is a text of another kind; {TIME_HELP}"),
    ],
)
def test_what_is_wrong_with_a_time(since: str | None, until: str | None, message: str) -> None:
    with pytest.raises(BadQuery) as refused:
        stretch(since, until)
    assert str(refused.value) == message


def test_four_hundred_days_over_a_change_of_the_clock() -> None:
    stretch("2025-04-20", "2026-05-25")  # 400 days
    with pytest.raises(BadQuery):
        stretch("2025-04-20", "2026-05-26")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("form", "csv")], "`form` is no parameter here; allowed: `from`, `to`, `limit`, `by`, `channel`"),
        ([("x\r\ny" + 50 * "z", "")], "`x??y" + 36 * "z" + "` is no parameter here; allowed: `from`, `to`, `limit`, `by`, `channel`"),
        ([("", "")], "an empty name is no parameter here; allowed: `from`, `to`, `limit`, `by`, `channel`"),
        ([("limit", "1"), ("limit", "2")], "`limit` is given twice; allowed: once"),
        ([("limit", "0")], "`limit` is a number out of range; allowed: 1 to 100"),
        ([("limit", "101")], "`limit` is a number out of range; allowed: 1 to 100"),
        ([("limit", "many")], "`limit` is a text of another kind; allowed: a whole number from 1 to 100"),
        ([("limit", "1.5")], "`limit` is a number of another kind; allowed: a whole number from 1 to 100"),
        ([("limit", "")], "`limit` is empty; allowed: a whole number from 1 to 100"),
        ([("limit", 5000 * "9")], "`limit` is a number of another kind; allowed: a whole number from 1 to 100"),
        ([("by", "decade")], "`by` is an unknown word; allowed: day, week"),
        ([("by", "")], "`by` is empty; allowed: day, week"),
        ([], "`by` is missing; allowed: day, week"),
        ([("by", "day"), ("channel", "a\0b")], "`channel` is too long or holds control characters; allowed: a channel's name, or empty"),
        ([("by", "day"), ("channel", 256 * "a")], "`channel` is too long or holds control characters; allowed: a channel's name, or empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_others(pairs: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(pairs)
    assert str(refused.value) == message


def ask(pairs: list[tuple[str, str]]) -> tuple[object, ...]:
    query = Query(pairs, NAMES)
    return (
        query.number("limit", 1, 100, 10),
        query.choice("by", ("day", "week")),
        query.channel(),
        query.stretch(BERLIN, USUAL, 400),
    )


def test_what_is_right() -> None:
    assert ask([("by", "week"), ("channel", "")]) == (10, "week", "", USUAL)
    assert ask([("by", "day"), ("limit", "007"), ("channel", "/käse")]) == (7, "day", "/käse", USUAL)


TIMES = st.one_of(
    st.text(max_size=30),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.floats().map(str),
    st.integers().map(str),
    st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]{1,6})?[+-][0-9]{2}:?[0-9]{2}\Z"),
)


@given(st.lists(st.tuples(st.sampled_from([*NAMES, "x"]) | st.text(max_size=3), TIMES), max_size=4))
def test_anything_is_understood_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        *_, found = ask(pairs)
        said = ""
    except BadQuery as refused:
        found, said = USUAL, str(refused)
    assert not said or "allowed:" in said or "write a date" in said
    assert isinstance(found, Stretch)
    assert found.since < found.until
