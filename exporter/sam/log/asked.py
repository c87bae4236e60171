"""A request as the log keeps it, what a look at it changes, and the sums of such changes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field, structs

from exporter.sam.log.outcomes import ACCEPTED, ACCEPTED_CODE, OUTCOMES, WAIT_BUCKETS, Waits, accepted, outcome
from exporter.sam.reading import RequestRow
from exporter.store.requests import PENDING


class Entry(Struct, frozen=True):
    """A row of the table `request`, in the order of its columns behind the server. Times in ms of Unix time."""

    generation: int
    request_id: int
    asked: int | None
    song_id: int
    code: int
    outcome: str = PENDING
    waited: int | None = None
    requester: bytes | None = None

    @classmethod
    def of(cls, row: Any) -> "Entry":
        """From the store."""
        requester = None if row.requester is None else bytes(row.requester)
        known = (row.generation, row.request_id, row.asked, row.song_id, row.code, row.outcome, row.waited)
        return cls(*known, requester)

    @property
    def key(self) -> tuple[int, int]:
        """Of its row, with the server."""
        return self.generation, self.request_id

    def judged(self, code: int, status: str, now: int, expire: int) -> "Entry":
        """With what became of it, as the playout says at this moment; what is known already is final."""
        if self.outcome != PENDING:
            return self
        became = outcome(code, status, None if self.asked is None else now - self.asked, expire)
        if became == "expired" and self.waited is not None:
            became = "played"  # a play says so, though the playout forgot to
        kept = self.code if self.code == ACCEPTED_CODE else code  # what was accepted once is counted as that
        return structs.replace(self, code=kept, outcome=became)


class Change(Struct, frozen=True):
    """A request before, None where it is new, and now."""

    before: Entry | None
    now: Entry


class Tally(Struct, frozen=True):
    """How many requests there are: by outcome, pending now; and how long those that were played had waited."""

    counts: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    pending: int = 0
    waits: Waits = Waits()

    def after(self, changes: Iterable[Change]) -> "Tally":
        """With these."""
        counts, pending, waits = dict(self.counts), self.pending, []
        for change in changes:
            for entry, sign in ((change.before, -1), (change.now, 1)):
                for word in () if entry is None else _words(entry):
                    if word == PENDING:
                        pending += sign
                    else:
                        counts[word] += sign
            if change.now.waited is not None and (change.before is None or change.before.waited is None):
                waits.append(change.now.waited)
        return Tally(counts, pending, self.waits + waits)

    def waited(self, waits: Iterable[int]) -> "Tally":
        """With requests whose play was seen only now, after so many milliseconds."""
        return Tally(self.counts, self.pending, self.waits + waits)


class Earlier:
    """Requests of earlier generations, each of which can be found once: by when it was asked for, and the song."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._entries: defaultdict[tuple[int | None, int, int], list[Entry]] = defaultdict(list)
        for entry in map(Entry.of, rows):
            self._entries[_what(entry)].append(entry)

    def take(self, entry: Entry) -> Entry | None:
        """The same request; None if it is not in the log."""
        found = self._entries.get(_what(entry))
        return found.pop(0) if found else None


def waits(asked: Mapping[int, int], plays: Iterable[tuple[int, int]]) -> dict[int, int]:
    """From a request to the first play of it, in ms: by its number. Plays (number, start) before it are of another."""
    found: dict[int, int] = {}
    for number, started in plays:
        waited = started - asked.get(number, started + 1)
        if waited >= 0:
            found[number] = min(waited, found.get(number, waited))
    return found


class Known(Struct, frozen=True):
    """What the log has of a batch.

    Attributes:
        again: the rows that are looked at again.
        earlier: those of earlier generations that may be the same.
        waits: of new ones whose play was there first.
    """

    again: Mapping[int, Entry]
    earlier: Earlier
    waits: Mapping[int, int]


def added(entry: Entry, row: RequestRow, known: Known, now: int, expire: int) -> Change:
    """What a row of the table that was not read before changes: it is new, or an earlier generation had it."""
    before = known.earlier.take(entry)
    if before is not None:
        entry = structs.replace(before, generation=entry.generation, request_id=entry.request_id)
    if entry.waited is None:
        entry = structs.replace(entry, waited=known.waits.get(entry.request_id))
    return Change(before, entry.judged(row.code, row.status, now, expire))


def tally(outcomes: Iterable[tuple[str, bool, int]], waited: Iterable[tuple[int, int, int]]) -> Tally:
    """From the sums over the store.

    Args:
        outcomes: an outcome, whether the code is that of an accepted request, and how many.
        waited: the place of a bucket, how many, and how many milliseconds together.
    """
    counts, pending = dict.fromkeys(OUTCOMES, 0), 0
    for word, taken, number in outcomes:
        counts[ACCEPTED] += number * accepted(ACCEPTED_CODE * taken, word)
        if word == PENDING:
            pending += number
        else:
            counts[word] += number
    buckets, total = [0] * (len(WAIT_BUCKETS) + 1), 0
    for place, number, milliseconds in waited:
        buckets[place], total = number, total + milliseconds
    return Tally(counts, pending, Waits(tuple(buckets), total))


def _what(entry: Entry) -> tuple[int | None, int, int]:
    return entry.asked, entry.request_id if entry.asked is None else 0, entry.song_id


def _words(entry: Entry) -> list[str]:
    """What it is counted by."""
    return [entry.outcome] + [ACCEPTED] * accepted(entry.code, entry.outcome)
