"""Networks, and which address of a chain of proxies is believed."""

import pytest

from exporter.config.networks import LONGEST_CHAIN, Networks, forwarded, parsed

TRUSTED = Networks(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.1"])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", "192.0.2.1"), (' "192.0.2.1:4711" ', "192.0.2.1"), ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "None"), ("unknown", "None"), ("192.0.2", "None"), ("host:80", "None"), ("[", "None"),
    ],
)  # fmt: skip
def test_an_address_as_proxies_write_it(written: str, address: str) -> None:
    assert str(parsed(written)) == address


def test_what_is_trusted() -> None:
    assert TRUSTED
    assert not Networks([])
    assert [parsed(address) in TRUSTED for address in ("10.1.2.3", "192.0.2.2", "2001:db8:1::7", "x")] == [
        True, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chain", "believed"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("203.0.113.1,198.51.100.1,10.0.0.2,192.0.2.1", "198.51.100.1"),
        ("10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("198.51.100.1,unknown,10.0.0.2", "unknown"),
        ("", ""),
        (",".join(["198.51.100.1"] + ["10.0.0.2"] * LONGEST_CHAIN), "10.0.0.2"),
        (",".join(["198.51.100.1"] + ["10.0.0.2"] * (LONGEST_CHAIN - 1)), "198.51.100.1"),
    ],
)
def test_the_right_most_that_is_no_proxy_of_ours(chain: str, believed: str) -> None:
    assert forwarded(chain.split(","), TRUSTED) == believed
    assert forwarded([], TRUSTED) == ""
