"""Foreign texts: one line, bounded, without addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.texts import STRUCK_OUT, SURE_FROM, foreign_line, one_line, without_addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("DJ joined from 192.0.2.7:4711.", "DJ joined from (address):4711."),
        ("[2001:db8::7] has left", "[(address)] has left"),
        ("fe80::1 and 2001:DB8:0:0:8:800:200C:417A", "(address) and (address)"),
        ("::ffff:192.0.2.7 was here", "(address):(address) was here"),
        ("at 10:20 and at 10:20:30", "at 10:20 and at 10:20:30"),
        ("Deadmau5 :: Strobe", "Deadmau5 :: Strobe"),
        ("version 1.2.3 of 300.1.2.3", "version 1.2.3 of 300.1.2.3"),
        ("10.0.0.0.1", "10.0.0.0.1"),
        ("listener 2001:db8::1: gone", "listener (address): gone"),
        ("client:2001:db8::1 addr:fe80::1%eth0", "client:(address) addr:(address)%eth0"),
        ("2001:db8:0:0:0:0:0:1:8000", "(address)"),
        ("[2001:db8:0:0:0:0:0:1]:8000", "[(address)]:8000"),
        ("refused:2001:db8:0:0:0:0:0:1 code:2001:db8::1", "refus(address) co(address)"),
        ("refused:::ffff:c0a8:102", "refused:(address)"),
        ("user_10.0.0.1 ip1.2.3.4 192.168.001.001", "user_(address) ip(address) (address)"),
        ("Foo::bar", "Foo::bar"),
        ("std::string 12:34:56:78", "std::string 12:34:56:78"),
        ("core::option::expect at tokio::runtime::task", "core::option::expect at tokio::runtime::task"),
        ("connected...203.0.113.9 left", "connected...(address) left"),
        ("2001:db8::1x and x2001:db8::1", "(address)x and x(address)"),
        ("a2001:db8:1:2:3:4:5:6", "a(address)"),
        ("from ::1, to fe80::.", "from (address), to (address)."),
        ("00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7"),
    ],
)
def test_addresses_are_struck_out_and_nothing_else(written: str, kept: str) -> None:
    assert without_addresses(written) == kept


@given(st.ip_addresses())
def test_no_address_is_left(address) -> None:
    assert without_addresses(f"from {address}, again") == f"from {STRUCK_OUT}, again" or str(address) == "::"


@given(
    st.ip_addresses(),
    st.sampled_from(["", " ", "x", "...", "_", ":", "[", "é", "refused:", "code:"]),
    st.text("xyz. :]", max_size=2),
)
def test_none_hides_behind_its_neighbours(address, before: str, behind: str) -> None:
    groups = sum(map(bool, str(address).split(":")))
    left = without_addresses(f"{before}{address}{behind}")
    assert str(address) not in left or (address.version == 6 and groups < SURE_FROM)
    if address.version == 6 and "::" not in str(address):
        assert str(address)[-4:] not in left


@pytest.mark.parametrize("odd", [":", "a::", "1:", "a", "1.", "::1 ", "1.2.3.", "ffff:"])
def test_no_text_takes_long(odd: str) -> None:
    """Not measured here: what takes time without bounds would not end."""
    without_addresses(odd * 200_000)


addresses = st.ip_addresses().filter(int)  # :: is nobody's


@given(addresses, st.integers(0, 130), st.integers(9, 50))
def test_no_half_of_an_address_is_left_where_a_text_is_cut(address, before: int, longest: int) -> None:
    line = foreign_line("x" * before + f" {address} and {address}" + " behind" * 30, longest)
    assert len(line) <= longest
    assert set(line) <= set("x (address)andbehind")


def test_a_long_text_of_what_addresses_are_made_of_is_a_text() -> None:
    assert foreign_line("deadbeef" * 500, 1000) == "deadbeef" * 125


@given(st.text(), st.integers(1, 50))
def test_any_text_becomes_one_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    line.encode()
