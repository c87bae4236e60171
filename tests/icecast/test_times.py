"""The ways Icecast writes a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.icecast.times import unix_time

MOMENT = 1795226972.0


@pytest.mark.parametrize(
    "written",
    [
        "Sat, 21 Nov 2026 02:09:32 +0000",
        "2026-11-21T02:09:32+0000",
        "2026-11-21T02:09:32+00:00",
        "2026-11-21T02:09:32Z",
        "21/Nov/2026:02:09:32 +0000",
        "Sat, 21 Nov 2026 02:09:32 GMT",
        "Sat, 21 Nov 2026 03:09:32 +0100",
        "20/Nov/2026:21:09:32 -0500",
        "2026-11-21T07:39:32+0530",
        "  2026-11-21T02:09:32+0000 ",
    ],
)
def test_every_form_is_the_same_moment(written: str) -> None:
    assert unix_time(written) == MOMENT


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2026-13-21T02:09:32+0000", "31/Foo/2026:02:24:25 +0000", "2026-11-21T02:09:32", "0001-01-01T00:00:00+0000",
     "2026-11-21T02:09:32+9999", "Sat, 21 Nov 2026 02:09:32 W. Europe Standard Time"],
)  # fmt: skip
def test_what_is_no_time(written: str) -> None:
    assert unix_time(written) is None


@given(st.text(max_size=60))
def test_any_text_gives_a_time_or_none(written: str) -> None:
    moment = unix_time(written)
    assert moment is None or moment >= 0
