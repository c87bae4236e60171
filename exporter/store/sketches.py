"""Distinct counting that can be merged: Apache DataSketches' HLL, as all of this project's sketches are made.

2^12 registers: a standard error of 1.6 %, and next to none up to some 300 listeners. Two kilobytes at most.
https://datasketches.apache.org/docs/HLL/HLL.html
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datasketches import hll_sketch, hll_union, tgt_hll_type

PRECISION = 12

if TYPE_CHECKING:
    Sketch = Any  # the library has no types
else:
    Sketch = hll_sketch


def empty() -> Sketch:
    """A sketch of nobody."""
    return hll_sketch(PRECISION, tgt_hll_type.HLL_4)


def add(sketch: Sketch, identity: bytes) -> None:
    """One listener more, if not there already."""
    sketch.update(number(identity))


def number(identity: bytes) -> int:
    """A listener as a sketch's `update` takes one. Eight bytes of the hash are as good as all of it."""
    return int.from_bytes(identity[:8], "big", signed=True)


def union(sketches: Iterable[Sketch | None]) -> Sketch:
    """Everybody of all of them."""
    together = hll_union(PRECISION)
    for sketch in sketches:
        if sketch is not None:
            together.update(sketch)
    return together.get_result(tgt_hll_type.HLL_4)


def pack(sketch: Sketch) -> bytes:
    """As it is stored."""
    packed: bytes = sketch.serialize_compact()
    return packed


def unpack(stored: bytes) -> Sketch:
    """As it was before it was stored."""
    return hll_sketch.deserialize(stored)


def count(sketch: Sketch) -> int:
    """How many they are, about."""
    return round(float(sketch.get_estimate()))
