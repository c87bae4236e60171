"""What SAM's database says: its rows as they are meant, and one reading of everything that changes by the minute.

Texts are mended, durations in whole milliseconds, times still by the playout computer's clock, without a zone.
Codes: https://spacialaudio.com (SAM Broadcaster), `historylist.songtype`, `requestlist.code`.
"""

from datetime import datetime

from msgspec import Struct, field

SONGTYPES = "SIPJANVXC?"
"""Song, station ID, promo, jingle, advertisement, news, interview, effect, unknown, unknown. Others are read as `?`."""


class Song(Struct, frozen=True):
    """What a row of the history names. `song_id` 0 = of no library."""

    song_id: int
    artist: str
    title: str
    album: str = ""
    genre: str = ""
    label: str = ""
    isrc: str = ""


class HistoryRow(Struct, frozen=True):
    """A row of `historylist`. `played` None = a zero date; `listeners` None = the column is not there."""

    history_id: int
    played: datetime | None
    duration: int
    songtype: str
    song: Song
    request_id: int = 0
    listeners: int | None = None
    overlay: bool = False


class RequestRow(Struct, frozen=True):
    """A row of `requestlist`. `host` is the requester's address: it is hashed at once, and never stored or shown."""

    request_id: int
    song_id: int
    asked: datetime | None
    host: str
    code: int
    status: str

    def __repr__(self) -> str:
        """Without the address."""
        return f"RequestRow({self.request_id}, code={self.code}, status={self.status!r})"


class Queue(Struct, frozen=True):
    """What is queued: items, and milliseconds of them whose length the library knows."""

    items: int
    duration: int


class Library(Struct, frozen=True):
    """The library: available items by songtype, songs that were never played, and every item's categories."""

    items: dict[str, int]
    unplayed: int
    categories: dict[int, tuple[str, ...]] = field(default_factory=dict)


class Now(Struct, frozen=True):
    """One poll: the newest row of the history, and the queue. None = nothing there, or that part cannot be read."""

    newest: HistoryRow | None
    queue: Queue | None
    missing: frozenset[str] = frozenset()
    """The parts that cannot be read, of `PARTS`."""


PARTS = ("history", "queue", "requests", "library", "categories")
