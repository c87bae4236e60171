"""Rows of a playout's history as what the exporter's counters would have shown, had it watched."""

from collections.abc import Sequence

from exporter.backfill.sam_span import Order, Span
from exporter.backfill.sam_spool import Spool
from exporter.sam.families import AIRED, NOMINAL, PLAYS, SKIPS, TRACK_LISTENERS
from exporter.sam.log.timeline import Play, Rules, State, Timeline
from exporter.sam.reading import HistoryRow

FAMILIES = (PLAYS, AIRED, NOMINAL, SKIPS, TRACK_LISTENERS)


class Plays:
    """The plays of a studio.

    `fulfilled` says of each request that was played when that was: all there is in memory of the rows so far.
    """

    def __init__(self, rules: Rules, span: Span, spool: Spool) -> None:
        self.fulfilled: dict[int, tuple[int, ...]] = {}
        self.order = Order(span)
        self._rules, self._spool = rules, spool
        self._state = State()
        self._waiting: Play | None = None  # for its successor, which says how long it was on the air

    def take(self, rows: Sequence[HistoryRow]) -> None:
        """These come next."""
        timeline = Timeline(self._rules, self._state)
        timeline.follow(rows)
        self._state = timeline.state
        if timeline.completed is not None and self._waiting is not None:
            self._waiting = timeline.completed
        moments = self.order.place([play.moment for play in timeline.plays])
        for play, at in zip(timeline.plays, moments, strict=True):
            if at is not None:
                self._play(play, at)

    def _play(self, play: Play, at: int) -> None:
        waiting = self._waiting
        if play.in_chain:
            self._waiting = play if self._rules.means == "start" else None
        self._spool.add(PLAYS, play.row.songtype, 1, at)
        if play.in_chain:
            self._spool.show(TRACK_LISTENERS, play.row.listeners, at)
            self._aired(waiting, at)
        if play is not self._waiting:
            self._aired(play, at)
        if play.row.request_id and play.started is not None:
            earlier = self.fulfilled.get(play.row.request_id, ())
            self.fulfilled[play.row.request_id] = (*earlier, play.started)

    def _aired(self, play: Play | None, at: int) -> None:
        """Since then it is known how long a play was on the air."""
        if play is None or play.aired is None:
            return
        songtype = play.row.songtype
        self._spool.add(AIRED, songtype, play.aired, at)
        self._spool.add(NOMINAL, songtype, play.row.duration, at)
        self._spool.add(SKIPS, songtype, int(bool(play.skipped)), at)
