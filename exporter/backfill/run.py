"""From the files of a log to the store: reads, sorts out what was no listening, and hands over in batches."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from exporter.backfill.access_log import Heard, no_session, parse
from exporter.backfill.files import Lines, read
from exporter.backfill.history import History
from exporter.backfill.listeners import Listeners
from exporter.backfill.openmetrics import Exposition
from exporter.backfill.peaks import Peaks
from exporter.backfill.progress import Progress
from exporter.backfill.sums import Play
from exporter.clock import AHEAD

BATCH = 5000
"""Sessions in one transaction."""

NAMED = 5
"""Broken lines that are named."""

BROKEN, BEHIND, NOT_WANTED, NOBODY, FORGOTTEN = (
    "broken", "watched by the exporter itself", "of other mounts", "a relay or a bot", "of somebody who was forgotten",
)  # fmt: skip
"""Why a line is no session of ours, beside what the log itself says (access_log.Why)."""


@dataclass(slots=True)
class Outcome:
    """What became of the lines: how many there were, how many are sessions, how many of those are new, and the rest."""

    lines: int = 0
    sessions: int = 0
    new: int = 0
    others: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    late: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What is not taken: what ended from `until` (ms) on, what cannot have ended `now`, who was forgotten when."""

    until: int | None
    now: int
    erased: Mapping[bytes, int]


class Backfill:
    """One run over the log of one server."""

    def __init__(
        self, server: str, listeners: Listeners, history: History, limits: Limits, exposition: Exposition | None
    ) -> None:
        self._server, self._listeners, self._history = server, listeners, history
        self._until = limits.now + AHEAD if limits.until is None else limits.until
        self._newest, self._erased = limits.now + AHEAD, limits.erased
        self._exposition = exposition
        self._peaks = Peaks()
        self._batch: list[Play] = []
        self.outcome = Outcome()

    def run(self, files: Iterable[Path], progress: Progress) -> None:
        """Read all of them. Whatever interrupts it: what is written counts once, and a second run completes it."""
        done = 0
        for path in files:
            size = 0
            for piece in read(path):
                self._take(piece)
                size = piece.read
                progress.show(done + size, self.outcome.lines)
            done += size
        self._write(whole=True)
        self.outcome.late = self._peaks.late

    def _take(self, piece: Lines) -> None:
        for number, line in enumerate(piece.lines, start=piece.first):
            if not line:
                continue
            self.outcome.lines += 1
            heard = parse(line)
            if heard is None or heard.ended > self._newest:
                self._note_broken(f"{piece.name}:{number}")
                continue
            said = self._session(heard)
            if isinstance(said, str):
                self.outcome.others[said] += 1
            else:
                self._add(said)

    def _session(self, heard: Heard) -> Play | str:
        """The session that a line tells of, or why it tells of none."""
        if why := no_session(heard):
            return why
        if heard.ended >= self._until:
            return BEHIND
        channel = self._listeners.channel(heard.path)
        if channel is None:
            return NOT_WANTED
        started = heard.ended - heard.lasted
        who = self._listeners.who(heard.address, heard.agent, started)
        if not who.player.person:
            return NOBODY
        if self._erased and heard.ended <= max(self._erased.get(hashed, 0) for hashed in who[:2]):
            return FORGOTTEN
        return Play(self._mark(heard, who.identity), channel, who, started, heard.ended, heard.sent)

    def _mark(self, heard: Heard, identity: bytes) -> int:
        """Eight bytes over the line. With daily keys a listener has another identity in every run: it is left out."""
        who = identity if self._listeners.returning else heard.agent.encode("utf-8", "surrogatepass")
        line = f"{self._server}\0{heard.path}\0{heard.ended}\0{heard.lasted}\0{heard.sent}\0".encode("utf-8", "replace")
        return int.from_bytes(blake2b(line + who, digest_size=8).digest(), "big")

    def _add(self, play: Play) -> None:
        self.outcome.sessions += 1
        self._peaks.take(play.channel, play.started, play.ended)
        if self._exposition is not None:
            self._exposition.take(play.channel, play.started, play.ended)
        self._batch.append(play)
        if len(self._batch) >= BATCH:
            self._write()

    def _write(self, *, whole: bool = False) -> None:
        batch, self._batch = self._batch, []
        self.outcome.new += self._history.write(batch, self._peaks.done(whole=whole))

    def _note_broken(self, place: str) -> None:
        self.outcome.others[BROKEN] += 1
        if len(self.outcome.broken) < NAMED:
            self.outcome.broken.append(place)
