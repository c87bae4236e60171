"""When something was so, in the notations of our own forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ingest.moment import moment
from exporter.ingest.reading import Unreadable

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (NOW, NOW),
        (NOW / 1000, NOW),
        (NOW // 1000, NOW),
        (99_999_999_999, 99_999_999_999_000),
        (100_000_000_000, 100_000_000_000),
        (0, 0),
        ("2027-01-15T08:00:00Z", NOW),
        ("2027-01-15T09:00:00.007+01:00", NOW + 7),
        ("20270115T080000Z", NOW),
    ],
)
def test_every_notation(written: str | float, at: int) -> None:
    assert moment(written, "time") == at


@pytest.mark.parametrize(
    "written",
    ["2027-01-15T08:00:00", "2027-01-15", "yesterday", "", "25:00Z", -5, 1e300, 10**400, float("nan"), float("inf")],
)
def test_what_is_none_is_named_with_what_is_allowed(written: str | float) -> None:
    allowed = r"^\[3\]\.time must be ISO 8601 with a zone \(.*\), or Unix time in seconds or milliseconds$"
    with pytest.raises(Unreadable, match=allowed):
        moment(written, "[3].time")


@given(st.text(max_size=30) | st.datetimes(timezones=st.timezones()).map(str) | st.floats() | st.integers())
def test_whatever_is_written_is_a_moment_or_a_refusal(written: str | float) -> None:
    try:
        assert isinstance(moment(written, "time"), int)
    except Unreadable:
        pass
