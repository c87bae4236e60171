"""Reported plays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.facts import Listener
from exporter.ingest import listens
from exporter.ingest.listens import FORM, Play
from exporter.ingest.reading import OLDEST, Unreadable
from tests.ingest.standin import NOW

WHO = Listener("listens", "jazz", "listen", b"i" * 16, b"a" * 16, "DE", player="Firefox", player_class="desktop")


@pytest.mark.parametrize(
    ("body", "content_type", "play"),
    [
        (b'{"source":"jazz"}', "application/json", Play("jazz")),
        (b'{"source":"jazz","duration":12.5,"page":"x"}', "text/plain", Play("jazz", 12.5)),
        (b'{"source":"jazz","duration":null}', "application/octet-stream", Play("jazz")),
        (b"source=jazz", FORM, Play("jazz")),
        (b"source=jazz&duration=12.5&x=y", FORM, Play("jazz", 12.5)),
        (b"source=jazz&duration=", FORM, Play("jazz")),
    ],
)
def test_ways_to_say_it(body: bytes, content_type: str, play: Play) -> None:
    assert listens.read(body, content_type) == play


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "said"),
    [
        (b"source=jazz", "text/plain", "json", "the body is no JSON (byte 0)"),
        (b'{"source":5}', "text/plain", "type", "source must be a text, not a whole number"),
        (b"{}", "text/plain", "type", "source is missing"),
        (b'{"source":"jazz","duration":"203.0.113.7"}', "text/plain", "type", "duration must be a whole number or a number or null, not a text"),
        (b'{"source":"jazz","duration":NaN}', "text/plain", "json", "the body is no JSON (byte 28)"),
        (b'[{"source":"jazz"}]', "text/plain", "type", "the body must be an object, not a list"),
        (b"[" * 100_000, "text/plain", "type", "the body must be an object, not a list"),
        (b'{"a":' * 100_000, "text/plain", "depth", "the body is nested too deeply"),
        (b"duration=5", FORM, "type", "`source` is missing"),
        (b"source=jazz&duration=nan", FORM, "type", "`duration` must be a number of seconds"),
        (b"a=b&" * 1000, FORM, "type", "a form may hold 32 fields"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood(body: bytes, content_type: str, reason: str, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        listens.read(body, content_type)
    assert (error.value.reason, str(error.value)) == (reason, said)


def test_a_row() -> None:
    row, clamped = listens.listen(Play("jazz", 12.5), WHO, "https://user@Example.org:8443/page?q=secret", NOW)
    assert (row.at, row.source, row.identity, row.address) == (NOW, "jazz", b"i" * 16, b"a" * 16)
    assert (row.country, row.player, row.player_class) == ("DE", "Firefox", "desktop")
    assert (row.referrer, row.duration, clamped) == ("example.org", 12_500, 0)


@pytest.mark.parametrize(("said", "lasted"), [(-1, 0), (1e300, OLDEST), (10**400, OLDEST)])
def test_durations_that_cannot_be(said: float, lasted: int) -> None:
    row, clamped = listens.listen(Play("jazz", said), WHO, "", NOW)
    assert (row.duration, clamped) == (lasted, 1)


@pytest.mark.parametrize(
    ("referrer", "host"),
    [
        ("", ""),
        ("about:blank", ""),
        ("http://[::1", ""),
        ("//h\x00st\n/x", "h st"),
        ("http://" + "a" * 3000, "a" * 253),
    ],
)
def test_of_the_referrer_only_the_host(referrer: str, host: str) -> None:
    assert listens.host(referrer) == host


@given(st.binary(), st.sampled_from((FORM, "text/plain")), st.text())
def test_any_bytes_are_a_play_or_refused(body: bytes, content_type: str, referrer: str) -> None:
    assert len(listens.host(referrer)) <= 253
    try:
        play = listens.read(body, content_type)
    except Unreadable:
        return
    row, _ = listens.listen(play, WHO, referrer, NOW)
    assert row.duration is None or 0 <= row.duration <= OLDEST
