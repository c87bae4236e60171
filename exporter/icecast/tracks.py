"""Counts the changes of title on each mount, which no Icecast does itself."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from exporter.icecast.reading import MountReading


@dataclass(slots=True)
class Track:
    """What was playing last on a mount, how many changes were seen, and when (Unix time) the latest was."""

    title: str
    changes: int
    updated: float


class Tracks:
    """The latest title of every mount that had one."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    def update(self, mounts: Iterable[MountReading], known: AbstractSet[str], now: float) -> None:
        """Take a reading's mounts at Unix time `now`, and forget the mounts that are not `known` any more."""
        self._tracks = {mount: track for mount, track in self._tracks.items() if mount in known}
        for mount in mounts:
            if mount.live and mount.title is not None:
                self._see(mount.mount, mount.title, mount.metadata_updated or now)

    def get(self, mount: str) -> Track | None:
        """The mount's track; None while it had no title yet."""
        return self._tracks.get(mount)

    def _see(self, mount: str, title: str, now: float) -> None:
        track = self._tracks.get(mount)
        if track is None:
            self._tracks[mount] = Track(title, 0, now)
        elif track.title != title:
            track.title, track.changes, track.updated = title, track.changes + 1, now
