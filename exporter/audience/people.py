"""Who listened in each quarter-hour, as sketches; and how many they were in the last hour, day, week and month.

A checkpoint stores what came since the one before, so memory holds three layers: what is in the store, what is on its
way there, what came since. Beyond a day the quarter-hours are kept united in blocks of six hours.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from exporter.audience.facts import QUARTER
from exporter.store import sketches
from exporter.store.checkpoint import People, PeopleKey
from exporter.store.sketches import Sketch

BLOCK = 24 * QUARTER
"""Six hours: how exactly the ends of the week and of the month are known."""

BLOCKS = 122
"""Blocks of a month, the one under way, and one to spare."""

WINDOWS: dict[str, tuple[int, int]] = {
    # Beside what is under way: so many quarter-hours, or so many blocks.
    "1h": (4, 0),
    "1d": (96, 0),
    "7d": (0, 28),
    "30d": (0, 120),
}

STATION = ""
"""The channel under which the whole station stands."""

Pair = tuple[Sketch | None, Sketch | None]
"""All listeners, and the qualified."""


class Gathering:
    """The listeners of every quarter-hour and channel since some moment."""

    def __init__(self) -> None:
        self.by_key: defaultdict[PeopleKey, People] = defaultdict(People)

    def heard(self, quarter: int, channel: str, identity: bytes) -> None:
        """Somebody listened."""
        number = sketches.number(identity)
        for name in (channel, STATION):
            people = self.by_key[quarter, name]
            if people.listeners is None:
                people.listeners = sketches.empty()
            people.listeners.update(number)

    def qualified(self, quarter: int, channel: str, identity: bytes) -> None:
        """Somebody listened, in a session of a minute or more."""
        number = sketches.number(identity)
        for name in (channel, STATION):
            people = self.by_key[quarter, name]
            if people.qualified is None:
                people.qualified = sketches.empty()
            people.qualified.update(number)

    def peak(self, quarter: int, channel: str, number: int) -> None:
        """So many listened at one time."""
        people = self.by_key[quarter, channel]
        people.peak = max(people.peak, number)


class Uniques:
    """Distinct listeners of sliding windows."""

    def __init__(self) -> None:
        self.fresh = Gathering()
        self._leaving = Gathering()
        self._quarters: dict[str, dict[int, Pair]] = defaultdict(dict)
        self._blocks: dict[str, dict[int, Pair]] = defaultdict(dict)
        self.complete = False
        """Whether the last month was read from the store."""

    def load(self, start: int, channel: str, pair: Pair, now: int) -> None:
        """Take a quarter-hour from the store."""
        if start > now - 97 * QUARTER:
            _unite(self._quarters[channel], start, pair)
        _unite(self._blocks[channel], start - start % BLOCK, pair)

    def leave(self) -> dict[PeopleKey, People]:
        """What came since the last time, for the store."""
        self._leaving, self.fresh = self.fresh, Gathering()
        return dict(self._leaving.by_key)

    def arrived(self, now: int) -> None:
        """What left is in the store; what is too old for every window is let go."""
        for (start, channel), people in self._leaving.by_key.items():
            self.load(start, channel, (people.listeners, people.qualified), now)
        self._leaving = Gathering()
        for quarters in self._quarters.values():
            _drop(quarters, now - 98 * QUARTER)
        for blocks in self._blocks.values():
            _drop(blocks, now - BLOCKS * BLOCK)

    def channels(self) -> list[str]:
        """Every channel that was listened to within a month, the station among them, sorted."""
        on_the_way = {channel for layer in (self._leaving, self.fresh) for _, channel in layer.by_key}
        return sorted({channel for channel, blocks in self._blocks.items() if blocks} | on_the_way)

    def count(self, channel: str, window: str, now: int) -> tuple[int, int]:
        """Distinct listeners of a window, and the qualified among them."""
        quarters, blocks = WINDOWS[window]
        step, kept = (QUARTER, self._quarters) if quarters else (BLOCK, self._blocks)
        since = now - now % step - (quarters or blocks) * step
        pairs = [pair for start, pair in kept.get(channel, {}).items() if start >= since]
        return _counts([*pairs, *self._on_the_way(channel, since)])

    def quarter(self, channel: str, start: int) -> int:
        """Distinct qualified listeners of one quarter-hour."""
        there = self._quarters.get(channel, {}).get(start)
        return _counts([*([there] if there else []), *self._on_the_way(channel, start, start + QUARTER)])[1]

    def _on_the_way(self, channel: str, since: int, until: int | None = None) -> Iterator[Pair]:
        for layer in (self._leaving, self.fresh):
            for (start, name), people in layer.by_key.items():
                if name == channel and start >= since and (until is None or start < until):
                    yield people.listeners, people.qualified


def _unite(kept: dict[int, Pair], start: int, pair: Pair) -> None:
    there = kept.get(start, (None, None))
    kept[start] = (_together(there[0], pair[0]), _together(there[1], pair[1]))


def _together(one: Sketch | None, other: Sketch | None) -> Sketch | None:
    if one is None or other is None:
        return one or other
    return sketches.union((one, other))


def _counts(pairs: Iterable[Pair]) -> tuple[int, int]:
    everyone = list(pairs)
    return tuple(_count([pair[place] for pair in everyone]) for place in (0, 1))  # type: ignore[return-value]


def _count(parts: list[Sketch | None]) -> int:
    there = [part for part in parts if part is not None]
    return sketches.count(there[0] if len(there) == 1 else sketches.union(there)) if there else 0


def _drop(kept: dict[int, Pair], before: int) -> None:
    for start in [start for start in kept if start < before]:
        del kept[start]
