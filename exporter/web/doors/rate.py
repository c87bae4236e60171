"""How often one address may ask: a bucket that refills each second."""

import time
from collections import OrderedDict
from collections.abc import Callable

from exporter.config.networks import Address

MOST_BUCKETS = 10_000

_REFILLED = 1.0
"""Seconds after which any bucket is full again, and may be forgotten."""


class Rate:
    """Lets every address ask `limit` times a second.

    What is kept is no address but a number made of it (Python's own keyed hash, another one in each process), and only
    until the bucket is full again.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Buckets that are kept."""
        return len(self._buckets)

    def admits(self, address: Address | None, kind: str = "") -> bool:
        """Whether it may ask once more; each `kind` of question has its own bucket."""
        now, key = self._clock(), hash((kind, _household(address)))
        self._forget(now)
        at, left = self._buckets.get(key, (now, float(self._limit)))
        left = min(self._limit, left + (now - at) * self._limit / _REFILLED)
        admitted = left >= 1
        self._buckets[key] = now, left - admitted
        self._buckets.move_to_end(key)
        return admitted

    def _forget(self, now: float) -> None:
        while self._buckets:
            key, (at, _) = next(iter(self._buckets.items()))
            if now - at < _REFILLED and len(self._buckets) < MOST_BUCKETS:
                return
            del self._buckets[key]


def _household(address: Address | None) -> bytes:
    """An IPv4 address, or the network of an IPv6 one: whoever has one of its addresses has all of them."""
    if address is None:
        return b""
    return address.packed if address.version == 4 else address.packed[:8]
