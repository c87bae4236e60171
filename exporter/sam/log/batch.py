"""A batch of plays on its way into the store: its rows, and what it adds to the sums."""

from collections.abc import Iterable
from typing import Any

from exporter.sam.log.again import Again, merged
from exporter.sam.log.songs import Songs
from exporter.sam.log.timeline import Play
from exporter.sam.log.totals import Gain
from exporter.sam.reading import Song
from exporter.store.music import Completion, PlayKey, Progress


class Batch:
    """Plays of one generation, in the order of their ID.

    Args:
        server, generation: whose they are.
        songs: gives their keys.
        again: those that are in the log already.
        latest: the latest start that is believed.
    """

    def __init__(self, server: str, generation: int, songs: Songs, again: Again, latest: int) -> None:
        self._server, self._generation, self._keys, self._again = server, generation, songs, again
        self.gain = Gain(latest)
        self.clock_backs = 0
        self.asked_for: list[tuple[int, int]] = []
        """Of each new play that a listener asked for: the request's number, and when it began."""
        self.songs: dict[int, Song] = {}
        self.tail: Play | None = None
        """The newest of the chain."""
        self._begins_known = False  # its first of the chain was in the log
        self.fresh: list[Play] = []
        """Those that were not in the log."""
        self._plays: list[tuple[Any, ...]] = []
        self._moved: list[tuple[PlayKey, tuple[Any, ...]]] = []
        self._completed: tuple[PlayKey, Completion] | None = None

    @property
    def new(self) -> int:
        """How many were not in the log."""
        return len(self._plays)

    def add(self, plays: Iterable[Play]) -> None:
        """These come next."""
        for play in plays:
            key = self._keys.key(play.row.song)
            known = self._again.take(play)
            if known is None:
                self._add(play, key)
            else:
                self._move(merged(play, known), key, known)

    def complete(self, key: PlayKey, before: Play, now: Play) -> None:
        """A play of the batch before, and what is known of it now. After `add`."""
        if any(old == key for old, _ in self._moved):
            return  # it is of an earlier generation, and came again behind its successor
        self._completed = (key, (now.aired, now.skipped, now.before, now.after))
        self.clock_backs += now.clock_back and not before.clock_back and not self._begins_known
        if before.aired is None and now.aired is not None:
            self.gain.completed(now)

    def progress(self, history_id: int, mark: int) -> Progress:
        """For the store; `mark` = fingerprint of the row `history_id`, up to which the history is read with it."""
        songs, kinds = self._keys.fresh(self.songs), {"clock_back": self.clock_backs}
        return Progress(songs, self._plays, self._moved, self._completed, kinds, history_id, mark)

    def _add(self, play: Play, key: int) -> None:
        self._plays.append(self._row(play, key))
        self.fresh.append(play)
        self.songs[key] = play.row.song
        self.gain.played(play)
        self.clock_backs += play.clock_back
        if play.row.request_id and play.started is not None:
            self.asked_for.append((play.row.request_id, play.started))
        if play.in_chain:
            self.tail = play

    def _move(self, play: Play, key: int, known: Any) -> None:
        self._moved.append(((known.generation, known.history_id), self._row(play, key)))
        if key != known.song_key:  # the library was edited
            self.songs[key] = play.row.song
        if known.aired is None and play.aired is not None:
            self.gain.completed(play)
        if play.in_chain:
            self._begins_known |= self.tail is None
            self.tail = play

    def _row(self, play: Play, key: int) -> tuple[Any, ...]:
        """In the order of the table's columns."""
        row = play.row
        return (
            self._server, self._generation, row.history_id, play.started, play.aired, row.duration, row.songtype, key,
            row.request_id, play.skipped, play.before, play.after,
        )  # fmt: skip
