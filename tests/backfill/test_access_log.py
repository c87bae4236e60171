"""Lines of access.log, those of real servers first."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.backfill.access_log import Heard, no_session, parse
from tests.backfill.logs import BEGAN, line

# Icecast 2.4.4 wrote these: a player whose name holds quotes, a backslash and a backtick; one with umlauts; none at all.
REAL = (
    '127.0.0.1 - - [21/Nov/2026:07:02:16 +0000] "GET /a%26b.mp3 HTTP/1.1" 200 75817 "http://e.org/a b.c" "VLC/3 .quoted. . back.tick" 1',
    '127.0.0.1 - - [21/Nov/2026:07:02:18 +0000] "GET /a%26b.mp3 HTTP/1.1" 200 112217 "-" "Z..rich .." 2',
    '127.0.0.1 - - [21/Nov/2026:07:02:24 +0000] "GET /a%26b.mp3 HTTP/1.1" 200 110817 "http://e.org/a b.c" "a.b. 7" 1',
    '127.0.0.1 - - [21/Nov/2026:07:02:21 +0000] "GET /a&b.mp3 HTTP/1.0" 200 112217 "-" "-" 1',
)
OTHERS = (
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "GET /nope HTTP/1.0" 404 362 "-" "-" 0', "refused"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "HEAD /a.mp3 HTTP/1.0" 400 333 "-" "-" 0', "no listening"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "GET /status-json.xsl HTTP/1.0" 200 793 "-" "-" 0', "over at once"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "SOURCE /a%26b.mp3 HTTP/1.0" 200 19 "-" "-" 11', "no listening"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "PUT /a.mp3 HTTP/1.1" 200 19 "-" "ffmpeg" 11', "no listening"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "POST /admin/x HTTP/1.1" 200 19 "-" "x" 11', "no listening"),
    ('127.0.0.1 - a [21/Nov/2026:07:02:25 +0000] "GET /admin/listclients?mount=/a HTTP/1.1" 200 19 "-" "x" 3', "a page"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "GET /own.xsl?a=1 HTTP/1.1" 200 19 "-" "x" 3', "a page"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "GET /status.html HTTP/1.1" 200 19 "-" "x" 3', "a page"),
    ('127.0.0.1 - - [21/Nov/2026:07:02:25 +0000] "GET / HTTP/1.1" 200 19 "-" "x" 3', "a page"),
)  # fmt: skip


def test_what_icecast_wrote_is_understood() -> None:
    found = [parse(one) for one in REAL]
    assert all(found)
    assert [one.agent for one in found] == ["VLC/3 .quoted. . back.tick", "Z..rich ..", "a.b. 7", "-"]
    assert [one.sent for one in found] == [75817, 112217, 110817, 112217]
    assert found[0] == Heard("127.0.0.1", 1795244536000, 1000, "GET", "/a%26b.mp3", "200", 75817, found[0].agent)
    assert [no_session(one) for one in found] == [None] * 4


@pytest.mark.parametrize(("written", "why"), OTHERS)
def test_what_was_no_listening(written: str, why: str) -> None:
    assert no_session(parse(written)) == why


def test_a_part_of_a_stream_is_listening() -> None:
    assert no_session(parse(line(0, 5, status=206))) is None


@pytest.mark.parametrize(
    ("agent", "meant"),
    [(r"a \"b\" c", 'a "b" c'), (r"a\\b", r"a\b"), (r"a\x22b\x5cc", 'a"b\\c'), (r"a\qb", r"a\qb"), ('raw " 9 "quote', 'raw " 9 "quote'), ("", "")],
)  # fmt: skip
def test_quotes_within_an_agent(agent: str, meant: str) -> None:
    assert parse(line(0, 5, agent=agent)).agent == meant


@pytest.mark.parametrize("address", ["2001:db8::1", "::ffff:192.0.2.1", "192.0.2.1", "listener.example.org"])
def test_addresses(address: str) -> None:
    assert parse(line(0, 5, address)).address == address


@pytest.mark.parametrize(("zone", "hours"), [("+0000", 0), ("+0100", -1), ("-0930", 9.5)])
def test_the_logs_own_zone(zone: str, hours: float) -> None:
    assert parse(line(BEGAN, 5).replace("+0000", zone)).ended == (BEGAN + hours * 3600) * 1000


def test_a_user_with_a_space_and_a_request_without_a_version() -> None:
    written = line(60, 5, protocol="").replace(" - - ", " - anna maria [x] ")
    assert parse(written).path == "/live.mp3"
    assert parse(line(60, 5, mount='/a"b')).path == '/a"b'


@pytest.mark.parametrize(
    "written",
    ["", "x", line(0, 5)[:-2], line(0, 5)[:60], line(0, 5).replace("Jan", "Jib"), line(0, 5).replace("01/", "32/"),
     line(0, 5).replace("00:00:00", "24:00:00"), line(0, 400 * 86400), line(0, 5, agent="x" * 9000), line(0, 5) + " 7 x"],
)  # fmt: skip
def test_a_broken_line_is_none(written: str) -> None:
    assert parse(written) is None


@given(st.text(max_size=300))
def test_any_text_is_a_line_or_none(written: str) -> None:
    parse(written)


@given(
    st.integers(0, 2**32), st.integers(0, 10**6), st.text(st.characters(blacklist_characters='"\\\n\r'), max_size=40),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, blacklist_characters='"'), min_size=1, max_size=30),
)  # fmt: skip
def test_what_is_written_is_read(ended: int, lasted: int, agent: str, path: str) -> None:
    heard = parse(line(ended, lasted, agent=agent, mount=f"/{path}"))
    assert (heard.ended, heard.lasted, heard.agent, heard.path) == (ended * 1000, lasted * 1000, agent, f"/{path}")


def test_a_line_made_to_be_slow_is_not() -> None:
    began = time.process_time()
    for hostile in ('" "' * 2600, "[" * 8000, '/"' * 4000, " " * 8000, "[01/Jan/2026:00:00:00 +0000] " * 270):
        assert parse(line(0, 5, agent=hostile) + "x") is None
        assert parse(line(0, 5, mount=hostile) + "x") is None
        assert parse(hostile) is None
    assert time.process_time() - began < 5
