"""Which address a request comes from."""

from ipaddress import ip_address

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from exporter.config.networks import Networks, parsed
from exporter.web.doors.peers import peer, proxied_by_stranger

PROXY = Networks(["127.0.0.1", "10.0.0.0/8", "::1/128"])


class Socket:
    def __init__(self, address: str) -> None:
        self.address = address

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self.address, 4711) if name == "peername" else default


def request(address: str, *forwarded: str):
    headers = CIMultiDict([("X-Forwarded-For", entry) for entry in forwarded])
    return make_mocked_request("GET", "/", headers=headers, transport=Socket(address))


@pytest.mark.parametrize(
    ("address", "forwarded", "found"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("203.0.113.7",), "192.0.2.1"),  # no proxy of ours: whoever sent it can write what he likes
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("203.0.113.7",), "203.0.113.7"),
        ("127.0.0.1", ("192.0.2.1, 203.0.113.7",), "203.0.113.7"),
        ("127.0.0.1", ("192.0.2.1", "203.0.113.7"), "203.0.113.7"),
        ("127.0.0.1", ("203.0.113.7, 10.1.2.3",), "203.0.113.7"),
        ("127.0.0.1", ("10.1.2.4, 10.1.2.3",), "10.1.2.4"),  # everybody is ours: the farthest
        ("127.0.0.1", ("203.0.113.7, garbage",), None),
        ("127.0.0.1", ("",), None),
        ("::1", ("2001:db8::7",), "2001:db8::7"),
        ("::ffff:127.0.0.1", ('"[2001:db8::7]:443"',), "2001:db8::7"),
        ("127.0.0.1", ("203.0.113.7:4711",), "203.0.113.7"),
        ("", ("203.0.113.7",), None),
    ],
)
def test_the_right_most_address_that_is_no_proxy_of_ours(
    address: str, forwarded: tuple[str, ...], found: str | None
) -> None:
    assert peer(request(address, *forwarded), PROXY) == (ip_address(found) if found else None)


def test_a_proxy_that_nobody_named() -> None:
    assert proxied_by_stranger(request("192.0.2.1", "203.0.113.7"), PROXY)
    assert not proxied_by_stranger(request("192.0.2.1"), PROXY)
    assert not proxied_by_stranger(request("127.0.0.1", "203.0.113.7"), PROXY)


def test_nothing_is_in_no_network_and_nobody_anywhere() -> None:
    assert ip_address("127.0.0.1") not in Networks([])
    assert None not in Networks(["0.0.0.0/0"])
    assert ip_address("::1") not in Networks(["0.0.0.0/0"])


@given(st.text() | st.ip_addresses().map(str))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parsed(text)
    assert found is None or parsed(str(found)) == found
