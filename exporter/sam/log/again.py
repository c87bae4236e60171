"""Recognises, in a history that is read anew, the plays that are in the log already.

A play is the same where the time and the song are (of a zero date: the number of its row and the song). Its row in the
log then moves to the new generation, instead of standing there twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import Connection

from exporter.sam.log.timeline import Play
from exporter.store import music

Means = Literal["start", "end"]


class Again:
    """Rows of the table `play` of earlier generations, each of which can be found once."""

    def __init__(self, means: Means, rows: Iterable[Any] = ()) -> None:
        self._rows: defaultdict[tuple[int | None, int, int], list[Any]] = defaultdict(list)
        for row in rows:
            moment = _moment(means, row)
            self._rows[moment, row.history_id if moment is None else 0, row.song_key].append(row)

    def take(self, play: Play, song_key: int) -> Any | None:
        """The row of this play; None if it is not in the log."""
        rows = self._rows.get((play.moment, play.row.history_id if play.moment is None else 0, song_key))
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
    """A play as it is read now, with what the log knows of it: that stays."""
    aired, skipped = (play.aired, play.skipped) if row.aired is None else (row.aired, row.skipped)
    before = play.before if row.listeners_before is None else row.listeners_before
    after = play.after if row.listeners_after is None else row.listeners_after
    return Play(play.row, play.moment, row.started, aired, skipped, before, after)


def _moment(means: Means, row: Any) -> int | None:
    if row.started is None or means == "start":
        moment: int | None = row.started
        return moment
    lasted = row.nominal if row.aired is None else row.aired
    return int(row.started + lasted)
