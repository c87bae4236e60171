"""When a disk of recordings is said to be nearly full."""

from exporter.event import Event
from exporter.host.reading import Disk, Space
from exporter.host.room import Room

SIZE = 4_000_000_000


def disk(free: int | None, path: str = "/srv/recordings", purpose: str = "recordings") -> Disk:
    return Disk(path, purpose, None if free is None else Space(SIZE, free))


def looks(*rounds: list[Disk]) -> list[list[str]]:
    told: list[Event] = []
    room, found = Room(told.append), []
    for disks in rounds:
        told.clear()
        room.look(disks)
        found.append([str(event.metadata["path"]) for event in told])
    return found


def test_it_is_told_once_and_again_when_there_was_room_meanwhile() -> None:
    low, enough = [disk(999_999_999)], [disk(1_000_000_000)]
    assert looks(enough, low, low, enough, low) == [[], ["/srv/recordings"], [], [], ["/srv/recordings"]]


def test_a_disk_that_cannot_be_read_says_nothing() -> None:
    low = [disk(5)]
    assert looks(low, [disk(None)], low) == [["/srv/recordings"], [], []]


def test_other_disks_may_be_full_and_each_disk_has_its_own_word() -> None:
    assert looks([disk(5, purpose="library"), disk(5, "/a"), disk(5, "/b")]) == [["/a", "/b"]]


def test_what_is_told() -> None:
    told: list[Event] = []
    Room(told.append).look([disk(640_000_000)])
    (event,) = told
    assert (event.event, event.level, event.source) == ("recording_disk_low", "error", "host")
    assert event.message == "Only 640 MB are left for recordings on the disk of /srv/recordings."
    assert event.metadata == {"path": "/srv/recordings", "free_bytes": 640_000_000}
