"""Foreign texts: one line, bounded, without addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.texts import STRUCK_OUT, one_line, without_addresses


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
        ("2001:db8:0:0:0:0:0:1:8000", "(address):8000"),
        ("user_10.0.0.1 ip1.2.3.4 192.168.001.001", "user_(address) ip(address) (address)"),
        ("Foo::bar", "Foo::bar"),
        ("std::string 12:34:56:78", "std::string 12:34:56:78"),
    ],
)
def test_addresses_are_struck_out_and_nothing_else(written: str, kept: str) -> None:
    assert without_addresses(written) == kept


@given(st.ip_addresses())
def test_no_address_is_left(address) -> None:
    assert without_addresses(f"from {address}, again") == f"from {STRUCK_OUT}, again" or str(address) == "::"


@given(st.text(), st.integers(1, 50))
def test_any_text_becomes_one_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert len(line) <= longest
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    line.encode()
