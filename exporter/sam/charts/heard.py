"""Sums the plays of a window by song: how often, and what became of the listeners while it was on the air."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from exporter.sam.charts.drift import MINUTE, MINUTES, Drift
from exporter.store.charts import PlayRow

BREATH = 0.0002
"""Seconds in which other threads have their turn."""


class SongSum(Struct, frozen=True):
    """A song in a window.

    Attributes:
        song_id, artist, title, genre: as its plays have them; plays under another name are another sum.
        plays, newest: how often, and the latest start; None where all of them have zero dates.
        heard: plays of which it is known who listened at the start (more than nobody) and at the end.
        before, gained: listeners at the start of those, and how many more were there at the end than as a rule.
    """

    song_id: int
    artist: str
    title: str
    genre: str
    plays: int
    newest: int | None
    heard: int
    before: int
    gained: float


class Heard:
    """Sums that grow with the plays."""

    def __init__(self, drift: Drift) -> None:
        self._drift = drift
        self._stretch = (1, 0, 0)  # the clock's at the play before: plays come more or less in order
        # By song_key: plays, newest (-1 = none), heard, before, gained. A list, for it is changed with every play.
        self._sums: dict[int, list[Any]] = {}

    @property
    def song_keys(self) -> list[int]:
        """Whose sums there are."""
        return list(self._sums)

    def add(self, parts: Iterable[Sequence[PlayRow]]) -> None:
        """All of these. Between two parts other threads have their turn: millions of plays take seconds."""
        for part in parts:
            self._add(part)
            time.sleep(BREATH)

    def songs(self, rows: Iterable[Any]) -> list[SongSum]:
        """The sums, by the rows of the table `song`."""
        return [self._song(row) for row in rows]

    def _add(self, rows: Sequence[PlayRow]) -> None:
        """In a loop that calls as little as it can: it runs for every play there ever was."""
        sums, levels = self._sums, self._drift.levels
        since, until, offset = self._stretch
        for key, started, aired, before, after in rows:
            if (found := sums.get(key)) is None:
                found = sums[key] = [0, -1, 0, 0, 0.0]
            found[0] += 1
            if started is None:
                continue
            if started > found[1]:  # noqa: PLR1730 - max() takes three times as long
                found[1] = started
            if not before or after is None or aired is None:
                continue
            if not since <= started < until:
                since, until, offset = self._stretch = self._drift.stretch(started)
            at_start = levels[(started + offset) // MINUTE % MINUTES]
            ended = started + aired
            at_end = levels[(ended + offset) // MINUTE % MINUTES] if ended < until else self._drift.level(ended)
            factor = at_end / at_start if at_start and at_end is not None else 1.0
            found[2] += 1
            found[3] += before
            found[4] += after - before * factor

    def _song(self, row: Any) -> SongSum:
        plays, newest, heard, before, gained = self._sums[row.song_key]
        names = (row.song_id, row.artist, row.title, row.genre)
        return SongSum(*names, plays, None if newest < 0 else newest, heard, before, gained)
