"""Readings from real replies: what each server version said, in one vocabulary."""

import html
import time
from math import inf

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exporter.errors import ParseError
from exporter.icecast.reading import IcecastReading, MountReading
from exporter.icecast.stats_json import parse_stats_json
from exporter.icecast.stats_xml import StatsParser, parse_stats
from tests.captures import FIXTURES, capture


def by_mount(reading: IcecastReading) -> dict[str, MountReading]:
    return {mount.mount: mount for mount in reading.mounts}


def test_icecast_2_4_server() -> None:
    reading = parse_stats(capture("2.4.4/stats.many"))
    assert (reading.version, reading.host, reading.location) == ("2.4.4", "127.0.0.1", "Testland")
    assert reading.server_start == 1795226914.0
    assert reading.counts["listener_connections"] == 34
    assert reading.counts["sources"] == 9
    assert "banned_ips" not in reading.counts
    assert reading.warnings == 0


def test_icecast_2_4_mounts() -> None:
    mounts = by_mount(parse_stats(capture("2.4.4/stats.many")))
    m1 = mounts["/m1.mp3"]
    assert (m1.live, m1.relay, m1.listeners, m1.listener_peak, m1.max_listeners) == (True, False, 25, 25, inf)
    assert (m1.name, m1.genre, m1.content_type) == ("Test One", "Talk", "audio/mpeg")
    assert m1.stream_start == 1795226972.0
    assert m1.bitrate is None  # an ffmpeg source declares nothing
    assert mounts["/amp&sp ace.mp3"].live
    assert mounts["/hidden.mp3"].live  # hidden from the public page, not from us
    quiet = mounts["/q-quiet.mp3"]
    assert (quiet.bitrate, quiet.sample_rate, quiet.channels) == (16000, 44100, 2)
    ogg = mounts["/v.ogg"]
    assert (ogg.bitrate, ogg.sample_rate, ogg.channels, ogg.title) == (8000, 48000, 1, "Ogg Artist - Ogg Title")


def test_listed_is_not_live() -> None:
    ghost = by_mount(parse_stats(capture("2.4.4/stats.many")))["/fallback-main.mp3"]
    assert (ghost.live, ghost.relay, ghost.listeners, ghost.max_listeners) == (False, None, 0, 50)


def relay(fields: str) -> MountReading:
    document = f'<icestats><host>h</host><source mount="/r">{fields}</source></icestats>'
    return parse_stats(document.encode()).mounts[0]


def test_relays_are_told_from_sources() -> None:
    start = (
        "<stream_start_iso8601>2026-11-21T02:09:32+0000</stream_start_iso8601><total_bytes_read>1</total_bytes_read>"
    )
    assert relay(start).relay is True
    assert relay(start + "<user_agent>Lavf/59</user_agent>").relay is False
    idle = relay("<listener_peak>0</listener_peak><public>0</public>")
    assert (idle.live, idle.relay) == (False, True)


def test_icecast_2_5_xml() -> None:
    mounts = by_mount(parse_stats(capture("2.5.0/stats.many")))
    assert set(mounts) == {"/backup.mp3", "/hidden.mp3", "/m1.mp3", "/v.ogg"}
    assert mounts["/backup.mp3"].name == "101.5"
    assert mounts["/m1.mp3"].title == "-"
    assert mounts["/m1.mp3"].sent_bytes == 190650
    assert mounts["/v.ogg"].bitrate == 8000


def test_icecast_2_5_public_json() -> None:
    reading = parse_stats_json(capture("2.5.0/publicstats.many"))
    assert reading.version == "2.5.0"
    mounts = by_mount(reading)
    assert set(mounts) == {"/backup.mp3", "/m1.mp3", "/v.ogg"}
    assert (mounts["/m1.mp3"].live, mounts["/m1.mp3"].listeners, mounts["/m1.mp3"].relay) == (True, 5, None)
    assert mounts["/m1.mp3"].title == "-"


def test_icecast_kh() -> None:
    reading = parse_stats(capture("kh22/stats.many"))
    assert reading.version == "2.4.0-kh22"
    assert reading.server_start == 1795227863.0
    assert reading.counts["banned_ips"] == 0
    k1 = by_mount(reading)["/k1.mp3"]
    assert (k1.live, k1.queue_bytes, k1.bitrate) == (True, 71888, 16000)
    assert k1.metadata_updated == 1795227874.0
    k2 = by_mount(reading)["/k2.mp3"]
    assert k2.bitrate == 64704 / 8  # nothing declared: what KH measures
    assert (k2.sample_rate, k2.channels) == (44100, 1)


@pytest.mark.parametrize(("name", "mounts"), [("zero", 0), ("one", 1), ("many", 9)])
def test_status_json_with_no_one_and_many_sources(name: str, mounts: int) -> None:
    assert len(parse_stats_json(capture(f"2.4.4/status-json.{name}")).mounts) == mounts


def test_xml_and_json_of_one_moment_agree() -> None:
    xml, json = (
        by_mount(r)
        for r in (parse_stats(capture("2.4.4/stats.many")), parse_stats_json(capture("2.4.4/status-json.many")))
    )
    for mount, public in json.items():
        full = xml[mount]
        assert (public.live, public.listeners, public.stream_start, public.name) == (
            full.live, full.listeners, full.stream_start, full.name,
        )  # fmt: skip


def test_a_server_that_has_only_just_started() -> None:
    document = b'{"icestats":"server_start":"x","server_start_iso8601":"2026-11-21T04:00:35+0000","dummy":null}}'
    reading = parse_stats_json(document)
    assert (reading.server_start, reading.mounts) == (1795233635.0, ())


TITLES = [
    line.partition(' -> "title":')[2].removesuffix(',"dummy":null')
    for line in (FIXTURES / "icecast" / "2.4.4" / "title-matrix.txt").read_text(encoding="utf-8").splitlines()
    if " -> " in line
]


def test_the_matrix_is_whole() -> None:
    assert len(TITLES) == 32


@pytest.mark.parametrize("title", TITLES)
def test_no_title_breaks_status_json(title: str) -> None:
    document = capture("2.4.4/status-json.many").decode()
    document = document.replace('"title":"Fine"', f'"title":{title}')
    reading = parse_stats_json(document.replace("^\\", "\x1c").encode())
    assert len(reading.mounts) == 9
    kept = by_mount(reading)["/q-dash.mp3"].title
    plain = html.unescape(title.strip('"')).strip()
    if title == "null":
        assert kept is None
    elif "\\" not in title and "^" not in title:
        assert kept is not None
        assert kept.strip() == plain


def test_brackets_in_titles_are_letters() -> None:
    document = capture("2.4.4/status-json.many").replace(b"Fine", b"[{" * 500)
    assert by_mount(parse_stats_json(document))["/q-dash.mp3"].title == "[{" * 500


def test_titles_are_written_in_letters() -> None:
    assert by_mount(parse_stats(capture("2.5.0/stats.many")))["/backup.mp3"].title == "Песня"


def test_a_garbled_time_gives_way_to_the_other_form() -> None:
    mount = relay(
        "<stream_start_iso8601>soon</stream_start_iso8601><stream_start>21/Nov/2026:02:24:25 +0000</stream_start>"
    )
    assert mount.stream_start == 1795227865.0


@pytest.mark.parametrize("number", ["1.8e18", "18446744073709551615", "-3", "1844674407370955161"])
def test_absurd_counts_are_clamped_and_counted(number: str) -> None:
    reading = parse_stats(f"<icestats><host>h</host><listeners>{number}</listeners></icestats>".encode())
    assert reading.counts.get("listeners", 0) == 0
    assert reading.warnings == 1


def test_letters_beyond_latin_1_in_names() -> None:
    reading = relay("<server_name>&amp;#1055;&amp;#1077;&amp;#1089;&amp;#1085;&amp;#1103;</server_name>")
    assert reading.name == "Песня"


@pytest.mark.parametrize(
    ("field", "value", "rate"),
    [("bitrate", "128", 16000), ("bitrate", "128000", 16000), ("ice-bitrate", "96", 12000), ("bitrate", "Quality 5", None),
     ("audio_info", "ice-bitrate=64;ice-channels=1", 8000), ("audio_info", "bitrate=64", 8000), ("audio_bitrate", "64000", 8000)],
)  # fmt: skip
def test_bit_rates(field: str, value: str, rate: float | None) -> None:
    assert relay(f"<{field}>{value}</{field}>").bitrate == rate


def test_broken_utf_8_and_control_characters_do_not_lose_the_page() -> None:
    document = capture("2.4.4/stats.many").replace(b"Ogg Title", b"\x1c caf\xe9 \x00")
    assert by_mount(parse_stats(document))["/v.ogg"].live


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "cut off or broken"),
        (b"<html><body>Welcome</body></html>", "HTML page"),
        (b"<html><br></html>", "HTML page"),
        (b"<rss/>", "XML document"),
        (b"<icestats/>", "no Icecast statistics"),
        (b"You need to authenticate", "cut off or broken"),
        (capture("2.4.4/stats.many")[:3000], "cut off or broken"),
        (capture("2.4.4/status-json.many"), "cut off or broken"),
        (b'<!DOCTYPE x [<!ENTITY a "a">]><icestats>&a;</icestats>', "entities"),
        (capture("2.5.0/listclients.missing"), "XML document"),
    ],
)
def test_what_is_not_statistics(document: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse_stats(document)


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b"1", b"null", b"<html/>", b'{"icestats":[]}', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe"],
)
def test_what_is_not_json_statistics(document: bytes) -> None:
    with pytest.raises(ParseError):
        parse_stats_json(document)


def test_a_document_in_any_pieces_gives_the_same_reading() -> None:
    document = capture("2.5.0/stats.many")
    whole = parse_stats(document)
    for size in (1, 7, 1000):
        parser = StatsParser()
        for start in range(0, len(document), size):
            parser.feed(document[start : start + size])
        assert parser.close() == whole


ANY_BYTES = st.one_of(
    st.binary(max_size=2000),
    st.sampled_from(
        ["2.4.4/stats.many", "kh22/stats.many", "2.4.4/status-json.many", "2.5.0/publicstats.many"]
    ).flatmap(
        lambda name: st.tuples(
            st.just(capture(name)), st.integers(0, 8000), st.integers(0, 20), st.binary(max_size=20)
        ).map(lambda cut: cut[0][: cut[1]] + cut[3] + cut[0][cut[1] + cut[2] :])
    ),
)


@pytest.mark.parametrize("parse", [parse_stats, parse_stats_json])
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=1000)
@given(document=ANY_BYTES)
@example(document=b'{"icestats":{"host":"\\ud800","source":{"listenurl":"http://[x/\\udfff"}}}')
@example(document=b'{"icestats":{"host":"a","listeners":' + b"9" * 5000 + b"}}")
@example(document=b'{"x":' + b" " * 50_000 + b"-")
@example(document=b"<icestats><host>a</host>" + b"<a>" * 100_000)
def test_any_bytes_give_a_reading_or_a_parse_error(parse, document: bytes) -> None:
    began = time.thread_time()
    try:
        reading = parse(document)
    except ParseError:
        pass
    else:
        assert isinstance(reading, IcecastReading)
        str(reading).encode()  # nothing in it that a page cannot hold
    assert time.thread_time() - began < 1
