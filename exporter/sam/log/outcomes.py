"""What becomes of a listener's request, in words; and how long those that were played had waited.

The codes are SAM Broadcaster's (`requestlist.code`).
"""

from bisect import bisect_left
from collections.abc import Iterable

from msgspec import Struct

from exporter.store.requests import PENDING

ACCEPTED_CODE = 200

_REFUSALS = {
    601: "song_recently_played",
    602: "artist_recently_played",
    603: "song_queued",
    604: "artist_queued",
    605: "song_already_requested",
    606: "artist_already_requested",
    609: "track_recently_played",
}

REFUSALS = (*_REFUSALS.values(), "web_script", "other_refusal")
"""Why a request is refused."""

ACCEPTED = "accepted"

OUTCOMES = (*REFUSALS, "played", "ignored", "expired", ACCEPTED)
"""What requests are counted by. One that was accepted is counted as that at once, and later as what became of it."""

WAIT_BUCKETS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Upper bounds in seconds of the time from a request to its play."""


class Waits(Struct, frozen=True):
    """How long requests had waited: their number up to each bound (and beyond the one before), those beyond all; ms."""

    counts: tuple[int, ...] = (0,) * (len(WAIT_BUCKETS) + 1)
    total: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts)

    def __add__(self, waited: Iterable[int]) -> "Waits":
        """With these, in milliseconds."""
        counts, total = list(self.counts), self.total
        for wait in waited:
            counts[bucket(wait)] += 1
            total += wait
        return Waits(tuple(counts), total)


def bucket(waited: int) -> int:
    """The place in `Waits.counts` of so many milliseconds."""
    return bisect_left(WAIT_BUCKETS, waited / 1000)


def refusal(code: int) -> str | None:
    """The word for a code; None if it refuses nothing."""
    if code in (0, ACCEPTED_CODE):
        return None
    return _REFUSALS.get(code, "web_script" if 800 <= code <= 899 else "other_refusal")


def outcome(code: int, status: str, age: int | None, expire: int) -> str:
    """What became of a request.

    Args:
        code: 200 = accepted, 0 = not decided yet, any other is a refusal.
        status: `played`, `ignored`, or that it waits.
        age: milliseconds since it was asked for; None where nobody knows: then nobody waits for it either.
        expire: milliseconds after which an accepted request that was not played has expired.
    """
    status = status.strip().lower()
    if status == "played":
        return "played"
    if (word := refusal(code)) is not None:
        return word
    if status == "ignored":
        return "ignored"
    return "expired" if age is None or age > expire else PENDING


def accepted(code: int, became: str) -> bool:
    """Whether the playout took it."""
    return code == ACCEPTED_CODE or became == "played"
