"""Recognises, in a history that is read anew, the plays that are in the log already.

A play is the same where the time and the song are (of a zero date: the number of its row and the song); and the song
is the same whatever the library corrected meanwhile. Its row in the log then moves to the new generation, instead of
standing there twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import structs
from sqlalchemy import Connection

from exporter.sam.log.songs import identity
from exporter.sam.log.timeline import Play
from exporter.store import music

Means = Literal["start", "end"]

Mark = tuple[int | None, int, int | tuple[str, str]]
"""By what a play is known again: its moment; without one, the number of its row; its song."""


class Again:
    """Rows of the table `play` of earlier generations, each of which can be found once."""

    def __init__(self, means: Means, rows: Iterable[Any] = ()) -> None:
        self._rows: defaultdict[Mark, list[Any]] = defaultdict(list)
        for row in rows:
            self._rows[_mark(_moment(means, row), row.history_id, row)].append(row)

    def take(self, play: Play) -> Any | None:
        """The row of this play; None if it is not in the log."""
        rows = self._rows.get(_mark(play.moment, play.row.history_id, play.row.song))
        return rows.pop(0) if rows else None


def look_up(means: Means, server: str, generation: int, plays: Sequence[Play], connection: Connection) -> Again:
    """What may be theirs in generations before this one."""
    if generation == 1:
        return Again(means)
    moments = [play.moment for play in plays if play.moment is not None]
    of_zero_dates = [play.row.history_id for play in plays if play.moment is None]
    rows = music.timeless(connection, server, generation, of_zero_dates)
    if means == "start":
        return Again(means, rows + music.started_at(connection, server, generation, moments))
    first = min((play.moment - play.row.duration for play in plays if play.moment is not None), default=0)
    return Again(means, rows + music.ended_at(connection, server, generation, moments, first))


def merged(play: Play, row: Any) -> Play:
    """A play as it is read now, with what the log knows of it: that stays, as it is in the sums already."""
    aired, skipped = (play.aired, play.skipped) if row.aired is None else (row.aired, row.skipped)
    pairs = (row.listeners_before, row.listeners_after), (play.before, play.after)
    before, after = min(pairs, key=lambda pair: pair.count(None))  # of one source, so never one of each
    history = play.row
    if (history.songtype, history.duration) != (row.songtype, row.nominal):
        history = structs.replace(history, songtype=row.songtype, duration=row.nominal)
    return Play(history, play.moment, row.started, aired, skipped, before, after)


def _mark(moment: int | None, history_id: int, song: Any) -> Mark:
    return moment, history_id if moment is None else 0, identity(song)


def _moment(means: Means, row: Any) -> int | None:
    if row.started is None or means == "start":
        moment: int | None = row.started
        return moment
    lasted = row.nominal if row.aired is None else row.aired
    return int(row.started + lasted)
