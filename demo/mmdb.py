"""Writes a MaxMind database (.mmdb), as small as the demo needs it.

The format: https://maxmind.github.io/MaxMind-DB/. Written here, because a committed file would be as old as its commit
(and an alert says so of old databases), and a library for it would have to go into the demo's image.
"""

import struct
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

Network = IPv4Network | IPv6Network
Record = Mapping[str, object]

MARKER = b"\xab\xcd\xefMaxMind.com"
BITS = 128
STRING, DOUBLE, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 3, 5, 6, 7, 9, 11
SHORT = 29  # a longer text's size takes another byte


def database(records: Mapping[Network, Record], built: int) -> bytes:
    """Return a database of networks that do not overlap. `built` = Unix time in seconds."""
    data = bytearray()
    tree = _Tree()
    offsets: dict[bytes, int] = {}
    for network, record in records.items():
        written = _value(record)
        if written not in offsets:
            offsets[written] = len(data)
            data += written
        tree.insert(network, offsets[written])
    return tree.written() + bytes(16) + bytes(data) + MARKER + _value(_metadata(len(tree.nodes), built))


class _Tree:
    """Bit by bit through an address, to where its record lies. In a node: 0 = nothing, n = node n, ~n = data at n."""

    def __init__(self) -> None:
        self.nodes: list[list[int]] = [[0, 0]]

    def insert(self, network: Network, offset: int) -> None:
        first, length = int(network.network_address), network.prefixlen + (BITS - network.max_prefixlen)
        node = self.nodes[0]
        for position in range(BITS - 1, BITS - length, -1):
            node = self._below(node, first >> position & 1)
        node[first >> (BITS - length) & 1] = ~offset

    def written(self) -> bytes:
        return b"".join(self._number(side).to_bytes(3, "big") for node in self.nodes for side in node)

    def _below(self, node: list[int], side: int) -> list[int]:
        if not node[side]:
            node[side] = len(self.nodes)
            self.nodes.append([0, 0])
        return self.nodes[node[side]]

    def _number(self, side: int) -> int:
        if side == 0:
            return len(self.nodes)
        return side if side > 0 else len(self.nodes) + 16 + ~side


def _metadata(nodes: int, built: int) -> Record:
    return {
        "binary_format_major_version": _Number(UINT16, 2),
        "binary_format_minor_version": _Number(UINT16, 0),
        "build_epoch": _Number(UINT64, built),
        "database_type": "Demo-City",
        "description": {"en": "Where the demo's listeners are said to be"},
        "ip_version": _Number(UINT16, 6),
        "languages": ["en"],
        "node_count": _Number(UINT32, nodes),
        "record_size": _Number(UINT16, 24),
    }


class _Number(NamedTuple):
    """A number of the type that the format wants there."""

    kind: int
    value: int


def _value(value: object) -> bytes:
    """Return a value as the data section holds it."""
    if isinstance(value, Mapping):
        return _head(MAP, len(value)) + b"".join(_value(key) + _value(of_it) for key, of_it in value.items())
    if isinstance(value, list):
        return _head(ARRAY, len(value)) + b"".join(map(_value, value))
    if isinstance(value, str):
        return _head(STRING, len(value.encode())) + value.encode()
    if isinstance(value, float):
        return _head(DOUBLE, 8) + struct.pack(">d", value)
    if isinstance(value, _Number):
        digits = value.value.to_bytes((value.value.bit_length() + 7) // 8, "big")
        return _head(value.kind, len(digits)) + digits
    raise TypeError(f"no way to write {value!r}")


def _head(kind: int, size: int) -> bytes:
    """Return the byte or bytes that say what follows: its type, and how long it is."""
    shown, more = (size, b"") if size < SHORT else (SHORT, bytes([size - SHORT]))
    if kind <= MAP:
        return bytes([kind << 5 | shown]) + more
    return bytes([shown, kind - MAP]) + more
