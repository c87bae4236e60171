"""Both versions' documents. No Shoutcast could be run here: the shapes are the published ones (docs/decisions)."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import ParseError
from exporter.shoutcast.reading import ShoutcastReading, parse_v1, parse_v2

V1 = b'<HTML><meta http-equiv="Pragma" content="no-cache"></head><body>12,1,40,100,11,128,Artist, The - Song, Part 2</body></html>'

STREAM = {
    "id": 1, "currentlisteners": 3, "peaklisteners": "9", "maxlisteners": 512, "uniquelisteners": 3, "averagetime": 118,
    "servergenre": "Talk", "servertitle": "One", "songtitle": "A &amp; B", "streamhits": 77, "streamstatus": 1,
    "streampath": "/stream", "streamuptime": 3600, "bitrate": "96", "samplerate": "44100", "content": "audio/mpeg",
}  # fmt: skip


def v2(*streams: dict) -> bytes:
    return json.dumps({"totalstreams": 1, "activestreams": 1, "version": "2.6.1", "streams": list(streams)}).encode()


def test_v1() -> None:
    (stream,) = parse_v1(V1).streams
    assert (stream.stream, stream.up, stream.listeners, stream.listener_peak) == ("1", True, 12, 40)
    assert (stream.max_listeners, stream.unique_listeners, stream.bitrate) == (100, 11, 16000)
    assert stream.title == "Artist, The - Song, Part 2"


def test_v1_without_a_source() -> None:
    assert parse_v1(b"<html><body>0,0,0,32,0,0,</body></html>").streams[0].up is False


def test_v2_numbers_come_as_numbers_and_as_texts() -> None:
    (stream,) = parse_v2(v2(STREAM)).streams
    assert (stream.listener_peak, stream.bitrate, stream.uptime, stream.connections) == (9, 12000, 3600, 77)
    assert stream.title == "A & B"


def test_v2_with_no_streams_at_all() -> None:
    assert parse_v2(b'{"totalstreams":0,"activestreams":0,"currentlisteners":0}').streams == ()


def test_v2_several_streams_one_of_them_off() -> None:
    off = {"id": 2, "streamstatus": 0, "currentlisteners": 0, "bitrate": 0}
    reading = parse_v2(v2(STREAM, off))
    assert [(stream.stream, stream.up, stream.uptime) for stream in reading.streams] == [
        ("1", True, 3600),
        ("2", False, None),
    ]


def test_absurd_numbers_are_clamped_and_counted() -> None:
    reading = parse_v2(v2({**STREAM, "currentlisteners": -1, "peaklisteners": "lots"}))
    assert (reading.streams[0].listeners, reading.streams[0].listener_peak, reading.warnings) == (0, None, 2)


@pytest.mark.parametrize(
    "document", [b"", b"<html>", b"[]", b"{}", b'{"streams":[1]}', b'{"streams":"x"}', b"[" * 100_000]
)
def test_what_is_not_v2(document: bytes) -> None:
    with pytest.raises(ParseError):
        parse_v2(document)


@pytest.mark.parametrize(
    "document", [b"", b"<html><body>hello</body></html>", b"<body>1,x,3,4,5,6,7</body>", b"<body>1,2,3</body>"]
)
def test_what_is_not_v1(document: bytes) -> None:
    with pytest.raises(ParseError):
        parse_v1(document)


@pytest.mark.parametrize("parse", [parse_v1, parse_v2])
@settings(max_examples=200, deadline=1000)
@given(junk=st.binary(max_size=200), place=st.integers(0, 300))
def test_any_bytes_give_a_reading_or_a_parse_error(parse, junk: bytes, place: int) -> None:
    for whole in (V1, v2(STREAM)):
        for document in (junk, whole[:place] + junk + whole[place:]):
            try:
                assert isinstance(parse(document), ShoutcastReading)
            except ParseError:
                pass
