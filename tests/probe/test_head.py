"""Requests and the heads of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.probe.faults import Unheard
from exporter.probe.head import Address, address, parse_head, request

ADDRESSES = {
    ("http://127.0.0.1:8000", "/live.mp3"): Address("127.0.0.1", 8000, False, "127.0.0.1:8000", "/live.mp3"),
    ("https://radio.example/ice/", "/a b&c"): Address("radio.example", 443, True, "radio.example", "/ice/a%20b%26c"),
    ("http://[::1]:8000", "/;"): Address("::1", 8000, False, "[::1]:8000", "/;"),
    ("http://rädio.example", "/x\r\nX: y"): Address(
        "xn--rdio-loa.example", 80, False, "xn--rdio-loa.example", "/x%0D%0AX%3A%20y"
    ),
}


@pytest.mark.parametrize(("given_", "wanted"), ADDRESSES.items())
def test_addresses(given_, wanted):
    assert address(*given_) == wanted
    assert request(wanted).count(b"\r\n") == 6


NOMINAL = {
    b"icy-br: 128": 16000.0,
    b"icy-br:320,320": 40000.0,
    b"Ice-Audio-Info: ice-samplerate=44100;ice-bitrate=64;ice-channels=2": 8000.0,
    b"ice-audio-info: bitrate=96": 12000.0,
    b"icy-br: Quality 3": None,
    b"icy-br: 0": None,
    b"icy-br: 99999999999999": None,
    b"X: y": None,
}


@pytest.mark.parametrize(("header", "wanted"), NOMINAL.items(), ids=str)
def test_nominal_rates(header, wanted):
    head = parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: Audio/MPEG; x=y\r\n" + header)
    assert (head.content_type, head.nominal) == ("audio/mpeg", wanted)


def test_a_server_that_gives_no_type_is_heard_all_the_same():
    assert parse_head(b"ICY 200 OK\r\nicy-name: x").content_type == ""


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(b"HTTP/1.0 200 OK\r\n".__add__)))
def test_any_bytes_are_a_head_or_a_fault(said):
    try:
        nominal = parse_head(said).nominal
    except Unheard:
        nominal = None
    assert nominal is None or 125 <= nominal <= 99999 * 125
