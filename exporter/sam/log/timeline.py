"""Turns rows of the history, in the order of their ID, into plays: when each began, how long it was on the air.

A row says little by itself: what comes after it says how long it was on the air, and who still listened at its end. So
the newest play of a chain waits for its successor. Rows without a time (zero dates) and overlays, which play over
others, stand beside the chain. Nothing here is kept: a `State` goes in with the rows, another comes out.

Times are milliseconds of Unix time, durations milliseconds.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from exporter.sam.clocks import to_unix
from exporter.sam.log.songs import identity
from exporter.sam.reading import HistoryRow

LONGEST_UNKNOWN = 3_600_000
"""How long an item whose length nobody knows is taken to have been on the air at most."""

Listeners = Callable[[int], int | None]
"""How many listened to the live mounts at a moment; None where no sample is."""


class Play(Struct, frozen=True):
    """One item that was on the air.

    Attributes:
        row: what the history says of it.
        moment: its date_played; None for a zero date.
        started, aired, skipped: None where it is not known, or not yet. An overlay is never known to be skipped or not.
        before, after: listeners at its start and at its end. Both are the mounts', or both are the rows' own: the two
            count differently. While the end is not known, `before` is whatever is known.
        clock_back: what came after it has an earlier time, so nobody knows how long it was on the air.
    """

    row: HistoryRow
    moment: int | None
    started: int | None
    aired: int | None = None
    skipped: bool | None = None
    before: int | None = None
    after: int | None = None
    clock_back: bool = False

    @property
    def in_chain(self) -> bool:
        """Whether it has a successor that says how long it was on the air."""
        return self.moment is not None and not self.row.overlay


class State(Struct, frozen=True):
    """Where the rows before ended.

    Attributes:
        tail: the newest play of the chain.
        new_table: the next row is of another table than the tail: an earlier time is no clock that was set back.
    """

    tail: Play | None = None
    new_table: bool = False


class Rules(Struct, frozen=True):
    """How a studio writes its history: zone and meaning of its times; below which time on the air an item is skipped.

    `listeners_at` says who listened.
    """

    zone: ZoneInfo
    means: Literal["start", "end"]
    skip_below: int
    listeners_at: Listeners


class Timeline:
    """A stretch of history, built from batches of rows.

    `plays` are those of the rows, in their order. `completed` is the tail that the state brought along, where the rows
    say something new of it. `state` is where the next stretch goes on.
    """

    def __init__(self, rules: Rules, state: State) -> None:
        self.plays: list[Play] = []
        self.completed: Play | None = None
        self._rules, self._tail, self._new_table = rules, state.tail, state.new_table
        self._tail_at = -1  # its place in `plays`; -1 = it came with the state

    @property
    def state(self) -> State:
        """Where the rows so far end."""
        return State(self._tail, self._new_table)

    def follow(self, rows: Iterable[HistoryRow]) -> None:
        """Go on with these rows."""
        for row in rows:
            if row.played is None:
                self.plays.append(Play(row, None, None, before=row.listeners))
            elif row.overlay:
                self.plays.append(self._overlay(row, self._moment(row.played)))
            else:
                self._link(row, self._moment(row.played))

    def _moment(self, played: datetime) -> int:
        """When it was played: not before the play before it, where the clock leaves a choice."""
        before = None if self._tail is None or self._new_table else self._tail.moment
        return to_unix(played, self._rules.zone, before)

    def _link(self, row: HistoryRow, moment: int) -> None:
        tail_end = None
        if self._tail is not None and not self._other_table(row, moment):
            self._complete(self._tail, row, moment)
            tail_end = self._tail.moment
        play = self._began(row, moment) if self._rules.means == "start" else self._ended(row, moment, tail_end)
        self._tail, self._tail_at, self._new_table = play, len(self.plays), False
        self.plays.append(play)

    def _other_table(self, row: HistoryRow, moment: int) -> bool:
        """Whether the first row of another table does not follow the tail: it is older, or the same play again."""
        if not self._new_table or self._tail is None or self._tail.moment is None:
            return False
        if moment != self._tail.moment:
            return moment < self._tail.moment
        return identity(row.song) == identity(self._tail.row.song)

    def _complete(self, tail: Play, row: HistoryRow, moment: int) -> None:
        """What the successor says of the tail."""
        complete = tail if tail.aired is not None or tail.moment is None else self._aired(tail, moment - tail.moment)
        if complete.aired is not None and complete.after is None:
            complete = _with_listeners(complete, complete.row.listeners, row.listeners)
        if complete == tail:
            return
        if self._tail_at < 0:
            self.completed = complete
        else:
            self.plays[self._tail_at] = complete

    def _aired(self, play: Play, gap: int) -> Play:
        """A play with what the gap up to its successor says. Where each row is written at the end, it says nothing."""
        if self._rules.means == "end" or play.started is None:
            return play
        if gap < 0:
            return Play(play.row, play.moment, play.started, before=play.before, clock_back=True)
        nominal = play.row.duration
        return self._lasted(play.row, play.moment, play.started, min(gap, nominal or LONGEST_UNKNOWN))

    def _began(self, row: HistoryRow, moment: int) -> Play:
        return Play(row, moment, moment, before=self._before(row, moment))

    def _ended(self, row: HistoryRow, moment: int, tail_end: int | None) -> Play:
        """A play whose row was written at its end: it began with its length before that, or as the one before ended."""
        started = moment - row.duration
        if tail_end is not None and moment < tail_end:
            return Play(row, moment, started, before=self._before(row, started), clock_back=True)
        if tail_end is not None:
            started = max(tail_end, started)
        return self._lasted(row, moment, started, moment - started)

    def _overlay(self, row: HistoryRow, moment: int) -> Play:
        """A play over others: it is heard to its end."""
        started = moment if self._rules.means == "start" else moment - row.duration
        return Play(row, moment, started, row.duration, None, *self._heard(row, started, row.duration))

    def _lasted(self, row: HistoryRow, moment: int | None, started: int, aired: int) -> Play:
        skipped = aired < self._rules.skip_below and 2 * aired < row.duration
        return Play(row, moment, started, aired, skipped, *self._heard(row, started, aired))

    def _heard(self, row: HistoryRow, started: int, aired: int) -> tuple[int | None, int | None]:
        """Listeners before and after: the mounts', if they know both; else the rows', whose next is not there yet."""
        before, after = self._rules.listeners_at(started), self._rules.listeners_at(started + aired)
        return (row.listeners, None) if before is None or after is None else (before, after)

    def _before(self, row: HistoryRow, started: int) -> int | None:
        """Of a play whose end is not known: the best there is."""
        found = self._rules.listeners_at(started)
        return row.listeners if found is None else found


def _with_listeners(play: Play, before: int | None, after: int | None) -> Play:
    return Play(play.row, play.moment, play.started, play.aired, play.skipped, before, after, play.clock_back)
