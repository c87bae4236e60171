"""Puts what was counted in order: the most first, and what is equal by its name or number."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct


class Place(Struct, frozen=True):
    """A place of a chart: what, and how often."""

    name: str
    count: int


class SongPlace(Struct, frozen=True):
    """A song's place in a chart. `value` = plays, requests, or a ratio."""

    song_id: int
    artist: str
    title: str
    value: float


class Named(Struct, frozen=True, order=True):
    """Which song: by its number; one of no library (0) by its names, which are empty otherwise."""

    song_id: int
    artist: str = ""
    title: str = ""


N = TypeVar("N", bound=float)


def named(song_id: int, artist: str, title: str) -> Named:
    """Which song a row means."""
    return Named(song_id) if song_id else Named(0, artist, title)


def first(counts: Mapping[str, int], top: int) -> tuple[Place, ...]:
    """The first places."""
    return tuple(Place(name, count) for name, count in sorted(counts.items(), key=_descending)[:top])


def first_songs(values: Mapping[Named, N], top: int) -> list[tuple[Named, N]]:
    """The first places."""
    return sorted(values.items(), key=_descending)[:top]


def both_ends(values: Mapping[Named, float], top: int) -> tuple[list[tuple[Named, float]], list[tuple[Named, float]]]:
    """The first places, and the last ones of the rest, from the very last on: nothing is in both."""
    in_order = sorted(values.items(), key=_descending)
    return in_order[:top], in_order[top:][: -top - 1 : -1]


def _descending(item: tuple[object, float]) -> tuple[float, object]:
    return -item[1], item[0]
