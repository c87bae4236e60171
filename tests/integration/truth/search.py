"""Looks for listeners' addresses and agents where none may be: as text in every way of writing, and as packed bytes."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address


def _texts(address: IPv4Address | IPv6Address) -> Iterable[bytes]:
    """How somebody might write it; an IPv6 household in its own right."""
    written = {str(address), address.exploded, address.packed.hex(), str(int(address))}
    if address.version == 6:
        household = IPv6Address(int(address) >> 64 << 64)
        written |= {str(household).rstrip(":"), household.exploded[:19], household.packed[:8].hex()}
    return (text.encode() for text in sorted(written))


class Search:
    """What is looked for.

    Args:
        addresses: as they were told, in whatever form; what is no address is looked for as it is.
        others: texts that may be nowhere either, such as agents.
    """

    def __init__(self, addresses: Iterable[str], others: Iterable[str] = ()) -> None:
        self._texts: dict[bytes, str] = {text.lower().encode(): text for text in others}
        self._packed: dict[bytes, str] = {}
        self._short: set[bytes] = set()
        for told in addresses:
            self._texts[told.lower().encode()] = told
            self._add(told)

    def _add(self, told: str) -> None:
        try:
            address = ip_address(told)
        except ValueError:
            return
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or IPv6Address(int(address))  # without its zone
        self._texts |= dict.fromkeys(_texts(address), told)
        if address.version == 6:
            self._packed |= {address.packed: told, address.packed[:8]: told}
        else:
            self._short.add(address.packed)

    def found(self, where: bytes) -> set[str]:
        """What of it is there. Four bytes of an IPv4 address turn up in a large file by chance: two of them do not."""
        lower = where.lower()
        there = {told for text, told in self._texts.items() if text in lower}
        there |= {told for packed, told in self._packed.items() if packed in where}
        short = {str(ip_address(packed)) for packed in self._short if packed in where}
        return there | (short if len(short) > 1 else set())
