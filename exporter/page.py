"""The exposition: families, the sample lines of each target, and the page made of them.

Samples are rendered to text once per reading (`Block`), by the subject that owns them. A scrape only joins the blocks
of all targets, family by family, so that a family is named once however many targets have it; and the joined page is
kept until one of its blocks is replaced.

Formats: Prometheus text 0.0.4 and OpenMetrics 1.0. Their sample lines are the same here, only the headers differ.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from operator import is_
from typing import Literal

Block = Mapping[str, str]
"""Sample lines by family name, each line ended by a newline."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family as it is named in its sample lines (`icecast_connections_total`)."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...]


def labels(**values: str) -> str:
    """The label set of a sample, `{server="main",mount="/live"}`, escaped as both formats ask."""
    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in values.items()) + "}"


def escape(value: str) -> str:
    """A label value with backslash, quote and newline escaped."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def number(value: float) -> str:
    """A sample's value: integers without a point, infinity as `+Inf`."""
    if value == inf:
        return "+Inf"
    return str(value)


def sample(family: Family, label_set: str, value: float) -> str:
    """One sample line."""
    return f"{family.name}{label_set} {number(value)}\n"


def header(family: Family, *, openmetrics: bool) -> str:
    """The HELP and TYPE lines. OpenMetrics names a counter without `_total` and an info without `_info`."""
    name, kind = family.name, str(family.kind)
    if openmetrics and kind == "counter":
        name = name.removesuffix("_total")
    elif openmetrics and name.endswith("_info"):
        name, kind = name.removesuffix("_info"), "info"
    help_text = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {name} {help_text}\n# TYPE {name} {kind}\n"


def assemble(
    families: Iterable[Family], blocks: Sequence[Block], *, openmetrics: bool, names: Collection[str] = ()
) -> str:
    """The page of all blocks: families in the given order, those in `names` alone if any are named."""
    parts: list[str] = []
    for family in families:
        if names and family.name not in names:
            continue
        samples = [block[family.name] for block in blocks if family.name in block]
        if samples:
            parts.append(header(family, openmetrics=openmetrics))
            parts += samples
    return "".join(parts)


class Page:
    """The page of all targets in one format, kept until a block is replaced.

    Behind it comes a tail, the exporter's own metrics. The two together are kept too, as long as both stay the same.
    """

    def __init__(self, families: Sequence[Family], *, openmetrics: bool) -> None:
        self._families, self._openmetrics = families, openmetrics
        self._blocks: Sequence[Block] = ()
        self._text = b""
        self._deflated: tuple[bytes, int] | None = None
        self._tail: bytes | None = None
        self._whole: bytes | None = None
        self._packed: bytes | None = None

    def text(self, blocks: Sequence[Block], tail: bytes) -> bytes:
        """Page and tail, uncompressed."""
        self._renew(blocks, tail)
        if self._whole is None:
            self._whole = self._text + tail
        return self._whole

    def gzip(self, blocks: Sequence[Block], tail: bytes) -> bytes:
        """Page and tail as one gzip member (RFC 1952).

        The page is compressed once per reading: its deflate blocks end at a byte boundary (a full flush), so the tail's
        blocks can follow them, and the checksum goes on from where the page's ended.
        """
        self._renew(blocks, tail)
        if self._deflated is None:
            self._deflated = _deflate(self._text, zlib.Z_FULL_FLUSH), zlib.crc32(self._text)
        if self._packed is None:
            deflated, checksum = self._deflated
            length = (len(self._text) + len(tail)) & 0xFFFFFFFF
            trailer = zlib.crc32(tail, checksum).to_bytes(4, "little") + length.to_bytes(4, "little")
            self._packed = b"".join((GZIP_HEADER, deflated, _deflate(tail, zlib.Z_FINISH), trailer))
        return self._packed

    def _renew(self, blocks: Sequence[Block], tail: bytes) -> None:
        same_page = len(blocks) == len(self._blocks) and all(map(is_, blocks, self._blocks))
        if not same_page:
            self._blocks = tuple(blocks)
            self._text = assemble(self._families, blocks, openmetrics=self._openmetrics).encode()
            self._deflated = None
        if not same_page or tail is not self._tail:
            self._tail, self._whole, self._packed = tail, None, None


# Magic, deflate, no flags, no time, fastest compression, unknown system.
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"


def _deflate(data: bytes, flush: int) -> bytes:
    # Level 1: on a loopback scrape the time counts more than the bytes, and metrics shrink twenty-fold all the same.
    compressor = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(flush)
