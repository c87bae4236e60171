"""The forms of Icecast's URL authentication."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.facts import Fact, session_key
from exporter.ingest import icecast_auth
from exporter.ingest.reading import OLDEST, Unreadable
from tests.ingest.standin import NOW, StandIn

# As Icecast 2.4.4 sends it.
REMOVE = (
    b"action=listener_remove&server=127.0.0.1&port=8000&client=17&mount=%2flive%2emp3%3ftoken%3ds3cret&user=ali"
    b"&pass=hackme&duration=83&ip=203%2e0%2e113%2e7&agent=VLC%2f3%2e0%2e20%20LibVLC%2f3%2e0%2e20"
)


def form(**fields: str) -> bytes:
    base = {"action": "listener_remove", "client": "17", "mount": "/live.mp3", "duration": "83", "ip": "203.0.113.7"}
    return urlencode({**base, **fields}).encode()


def fact(body: bytes, audience: StandIn | None = None) -> Fact:
    facts = icecast_auth.told(icecast_auth.read(body), "main", audience or StandIn(epoch=5), NOW).facts
    assert len(facts) == 1
    return facts[0]


def test_a_listener_who_left() -> None:
    audience = StandIn(epoch=5)
    left = fact(REMOVE, audience)
    assert (left.sender, left.kind, left.key) == ("icecast_auth", "closed", b"main/5/17")
    assert (left.at, left.lasted, left.final, left.begins) == (NOW, 83_000, True, True)
    assert left.reason == "left"
    who = left.listener
    assert who is not None
    assert (who.server, who.channel, who.protocol, who.connection) == ("main", "/live.mp3", "icecast", 17)
    assert audience.asked == [{"address": "203.0.113.7", "agent": "VLC/3.0.20 LibVLC/3.0.20", "at": NOW}]


def test_passwords_are_never_looked_at() -> None:
    assert "hackme" not in repr(icecast_auth.read(REMOVE))
    assert "ali" not in repr(icecast_auth.read(REMOVE))


def test_before_the_start_of_the_server_is_known() -> None:
    assert fact(REMOVE, StandIn()).key == session_key("icecast", "main", 0, "17")


def test_what_icecast_kh_adds() -> None:
    assert fact(form(sent="1234567", referer="http://example.org/")).sent == 1_234_567
    assert fact(form()).sent is None


def test_a_known_session_needs_no_listener() -> None:
    assert fact(REMOVE, StandIn(b"main/5/17", epoch=5)).listener is None


def test_a_repetition_is_recognised() -> None:
    assert fact(form()).event == fact(form()).event != fact(form(duration="84")).event


def test_a_listener_who_comes() -> None:
    began = fact(form(action="listener_add"))
    assert (began.kind, began.key, began.at, began.started) == ("started", b"main/5/17", NOW, NOW)
    assert began.listener is not None


def test_a_listener_who_comes_before_the_start_of_the_server_is_known_is_told_by_others() -> None:
    result = icecast_auth.told(icecast_auth.read(form(action="listener_add")), "main", StandIn(), NOW)
    assert (result.facts, result.ignored) == ([], 1)


@pytest.mark.parametrize("action", ["mount_add", "mount_remove"])
def test_mounts_come_and_go_without_a_word(action: str) -> None:
    result = icecast_auth.told(icecast_auth.read(b"action=%s&mount=/a" % action.encode()), "main", StandIn(), NOW)
    assert (result.facts, result.ignored) == ([], 1)


@pytest.mark.parametrize(
    ("duration", "lasted"), [("-5", 0), ("1e9", OLDEST), ("99999999999999999999", OLDEST), ("0", 0), ("1.5", 1500)]
)
def test_durations_that_cannot_be(duration: str, lasted: int) -> None:
    result = icecast_auth.told(icecast_auth.read(form(duration=duration)), "main", StandIn(), NOW)
    assert result.facts[0].lasted == lasted
    assert result.clamped == (duration not in ("0", "1.5"))


def test_mounts_with_quotes_and_newlines_and_bytes_that_are_no_text() -> None:
    assert fact(form(mount='/a"b\n\\c')).listener.channel == '/a"b \\c'  # type: ignore[union-attr]
    assert fact(b"action=listener_remove&client=1&duration=1&mount=%2f%ff%00").listener.channel == "/\ufffd"  # type: ignore[union-attr]


def test_an_agent_of_100_kilobytes_is_cut() -> None:
    audience = StandIn(epoch=5)
    fact(form(agent="x" * 100_000), audience)
    assert len(audience.asked[0]["agent"]) == 4096


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "`action` must be one of listener_add, listener_remove, mount_add, mount_remove"),
        (b"{}", "`action` must be one of listener_add, listener_remove, mount_add, mount_remove"),
        (b"action=stream_auth&mount=/a", "`action` must be one of listener_add, listener_remove, mount_add, mount_remove"),
        (form(client="203.0.113.7"), "`client` must be the number of the connection"),
        (form(client=""), "`client` must be the number of the connection"),
        (form(duration="nan"), "`duration` must be a number"),
        (form(duration="203.0.113.7"), "`duration` must be a number"),
        (form(sent="many"), "`sent` must be a number"),
        (form(mount="?a=b"), "`mount` is missing or empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        fact(body)
    assert (error.value.reason, str(error.value)) == ("type", said)


FIELDS = st.sampled_from(("action", "client", "duration", "sent", "mount", "ip", "agent"))


@given(
    st.binary() | st.dictionaries(FIELDS, st.text() | st.just("listener_remove") | st.integers().map(str)).map(
        lambda fields: urlencode(fields, errors="replace").encode()
    )
)  # fmt: skip
def test_any_bytes_are_told_or_refused(body: bytes) -> None:
    try:
        result = icecast_auth.told(icecast_auth.read(body), "main", StandIn(), NOW)
    except Unreadable:
        return
    for one in result.facts:
        assert one.lasted is not None
        assert 0 <= one.lasted <= OLDEST
