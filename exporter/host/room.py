"""Tells when hardly any room is left for recordings: once for each disk, and again when there was room meanwhile."""

from collections.abc import Iterable

from exporter.event import Tell, happened
from exporter.host.reading import Disk

RECORDINGS = "recordings"
"""The purpose whose disks are told of."""

LOW = 1_000_000_000
"""Bytes: below that the alert RecordingDiskLow fires, too."""


class Room:
    """The disks of recordings, from round to round."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._low: set[str] = set()

    def look(self, disks: Iterable[Disk]) -> None:
        """What the disks have now. One that cannot be read says nothing."""
        for disk in disks:
            if disk.purpose != RECORDINGS or disk.space is None:
                continue
            if disk.space.free >= LOW:
                self._low.discard(disk.path)
            elif disk.path not in self._low:
                self._low.add(disk.path)
                self._say(disk.path, disk.space.free)

    def _say(self, path: str, free: int) -> None:
        message = f"Only {free / 1e6:.0f} MB are left for recordings on the disk of {path}."
        metadata = {"path": path, "free_bytes": free}
        self._tell(happened("recording_disk_low", message, source="host", metadata=metadata))
