"""Networks as the configuration writes them, and which address a chain of proxies stands for."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_CHAIN = 32
"""Proxies in a row that are looked at."""


class Networks:
    """A set of networks."""

    def __init__(self, written: Iterable[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(map(ip_network, written))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def __contains__(self, address: Address | None) -> bool:
        """Whether the address is in one of them."""
        return address is not None and any(address in network for network in self._networks)


def forwarded(chain: Sequence[str], trusted: Networks) -> str:
    """Of the entries of `X-Forwarded-For` the one to believe: the right-most that is not a trusted proxy's.

    Whoever stands left of it may have been made up by whoever stands there. If all are trusted, the left-most.
    """
    nearest = chain[-LONGEST_CHAIN:]
    return next((entry for entry in reversed(nearest) if parsed(entry) not in trusted), nearest[0] if nearest else "")


def parsed(written: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, IPv4 within IPv6; None if it is none."""
    text = written.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
