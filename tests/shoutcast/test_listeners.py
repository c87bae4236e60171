"""v2's list of listeners, by its published format. None could be recorded from a running server (docs/decisions)."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import ParseError
from exporter.shoutcast.listeners import LONGEST_TEXT, Listener, parse_listeners
from tests.shoutcast.dnas import listener

# As section 2.3 of the server's own documentation writes it, without its comments.
PUBLISHED = rb"""[ { "hostname":"192.0.2.1", "useragent":"WinampMPEG\/5.66", "connecttime":"1337", "uid":"01234567",
  "type":"1234567", "referer":"\/admin.cgi", "xff":"", "grid":"01234567", "triggers":"123" } ]"""


def parse(*rows: object) -> list[Listener]:
    return parse_listeners(json.dumps(rows).encode())


def test_the_published_example() -> None:
    assert parse_listeners(PUBLISHED) == [
        Listener(uid=1234567, host="192.0.2.1", forwarded="", agent="WinampMPEG/5.66", seconds=1337)
    ]


def test_nobody() -> None:
    assert parse_listeners(b"[]") == []


def test_the_page_without_a_number_holds_the_list_among_the_rest() -> None:
    document = b'{"currentlisteners": 1, "listeners": ' + PUBLISHED + b', "songs": []}'
    assert parse_listeners(document) == parse_listeners(PUBLISHED)


def test_numbers_come_as_numbers_and_as_texts() -> None:
    (one,) = parse({**listener(0, 0), "uid": 7, "connecttime": 61})
    assert (one.uid, one.seconds) == (7, 61)


def test_what_is_missing_is_empty() -> None:
    assert parse({"uid": "1", "connecttime": "2", "useragent": None}) == [Listener(1, "", "", "", 2)]


@pytest.mark.parametrize("unusable", ["", "x", "-1", "1.5", None, True, [], {}, "9" * 30, "١"])
def test_without_a_number_or_a_duration_nobody_can_be_followed(unusable: object) -> None:
    rows = [{**listener(2, 5), name: unusable} for name in ("uid", "connecttime")]
    assert [one.uid for one in parse(*rows, listener(3, 5))] == [3]


def test_a_duration_beyond_reason_is_none() -> None:
    assert parse(listener(1, 2**32)) == []


def test_one_number_is_one_listener() -> None:
    assert [one.seconds for one in parse(listener(1, 10), listener(1, 3))] == [10]


def test_an_address_is_in_no_repr() -> None:
    assert "192.0.2" not in repr(parse(listener(1, 1, xff="192.0.2.7")))


def test_long_and_broken_texts() -> None:
    (one,) = parse(listener(1, 1, useragent="x" * 100_000, hostname="\ud800"))
    assert (len(one.agent), one.host) == (LONGEST_TEXT, "?")
    (one,) = parse_listeners(b'[{"uid":1,"connecttime":2,"useragent":"a\tb\xff"}]')
    assert one.agent == "a\tb�"


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"{}", b"7", b"null", b"[1]", b'{"listeners":{}}', b'{"listeners":["x"]}', PUBLISHED[:90], b"[" * 10**5],
)  # fmt: skip
def test_what_is_no_list(document: bytes) -> None:
    with pytest.raises(ParseError):
        parse_listeners(document)


@settings(max_examples=200, deadline=1000)
@given(junk=st.binary(max_size=200), place=st.integers(0, 300))
def test_any_bytes_give_listeners_or_a_parse_error(junk: bytes, place: int) -> None:
    for document in (junk, PUBLISHED[:place] + junk + PUBLISHED[place:]):
        try:
            assert all(one.seconds >= 0 for one in parse_listeners(document))
        except ParseError:
            pass


@settings(max_examples=200, deadline=1000)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["uid", "connecttime", "hostname", "useragent", "xff"]),
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2),
        )
    )
)
def test_values_of_any_kind(rows: list[dict[str, object]]) -> None:
    for one in parse_listeners(json.dumps(rows).encode()):
        assert one.uid >= 0 <= one.seconds
        (one.host + one.agent + one.forwarded).encode()
