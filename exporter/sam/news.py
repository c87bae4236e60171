"""What of a studio's doings is told as an event: tracks, requests, an empty queue, a log that cannot go on."""

from collections.abc import Iterable

from exporter.clock import milliseconds
from exporter.event import Tell, happened
from exporter.sam.log.asked import Entry
from exporter.sam.log.timeline import Play

RECENT = 3_600_000
"""Milliseconds: what is older was history when it was read. Years of it are read at a first start."""


class News:
    """The news of one studio.

    Args:
        studio: its name.
        tell: takes them.
    """

    def __init__(self, studio: str, tell: Tell) -> None:
        self._studio, self._tell = studio, tell
        self._source = f"sam/{studio}"
        self._queued: int | None = None
        self._missing: frozenset[str] = frozenset()

    def played(self, plays: Iterable[Play]) -> None:
        """These are in the log now."""
        for play in plays:
            if play.started is None or not _is_recent(play.started):
                continue
            song = play.row.song
            title = " - ".join(filter(None, (song.artist, song.title))) or "an item without a title"
            metadata = {"server": self._studio, "songtype": play.row.songtype, "requested": bool(play.row.request_id)}
            about = happened("track_played", title, source=self._source, at=play.started, metadata=metadata,
                             song_id=song.song_id or None)  # fmt: skip
            self._tell(about)

    def asked(self, entries: Iterable[Entry]) -> None:
        """These requests are new in the log."""
        for entry in entries:
            if entry.asked is None or not _is_recent(entry.asked):
                continue
            message = f"A listener asks for song {entry.song_id}: {entry.outcome}."
            metadata = {"server": self._studio, "request_id": entry.request_id, "outcome": entry.outcome}
            about = happened("request_received", message, source=self._source, at=entry.asked, metadata=metadata,
                             song_id=entry.song_id or None)  # fmt: skip
            self._tell(about)

    def queued(self, items: int | None) -> None:
        """So many items wait; None = nobody knows."""
        if items == 0 and self._queued:
            self._say("queue_empty", "Nothing is queued any more.")
        self._queued = self._queued if items is None else items

    def missing(self, parts: frozenset[str]) -> None:
        """These parts of the database cannot be read."""
        for part in sorted(parts - self._missing):
            self._say(
                "sam_sync_error", f"The {part} cannot be read: a table or a column is missing, or may not be read."
            )
        self._missing = parts

    def stuck(self, why: str) -> None:
        """The log cannot go on."""
        self._say("sam_sync_error", f"The play log cannot go on: {why}.")

    def _say(self, event: str, message: str) -> None:
        self._tell(happened(event, message, source=self._source, metadata={"server": self._studio}))


def _is_recent(moment: int) -> bool:
    return abs(milliseconds() - moment) < RECENT
