"""Changes of title."""

from dataclasses import replace

from exporter.icecast.stats_xml import parse_stats
from exporter.icecast.tracks import Tracks
from tests.captures import capture

MOUNT = next(mount for mount in parse_stats(capture("2.4.4/stats.many")).mounts if mount.mount == "/v.ogg")


def test_changes_are_counted_and_dated() -> None:
    tracks = Tracks()
    for now, title in ((100, None), (105, "A"), (110, "A"), (115, "-"), (120, None), (125, "A")):
        tracks.update([replace(MOUNT, title=title)], {"/v.ogg"}, now)
    track = tracks.get("/v.ogg")
    assert track is not None
    assert (track.changes, track.updated) == (2, 125)


def test_kh_says_itself_when() -> None:
    tracks = Tracks()
    tracks.update([replace(MOUNT, title="A", metadata_updated=42.0)], {"/v.ogg"}, 100)
    assert tracks.get("/v.ogg").updated == 42.0


def test_a_forgotten_mount_begins_anew() -> None:
    tracks = Tracks()
    tracks.update([replace(MOUNT, title="A")], {"/v.ogg"}, 100)
    tracks.update([], {"/v.ogg"}, 105)
    tracks.update([replace(MOUNT, title="B")], {"/v.ogg"}, 107)
    assert tracks.get("/v.ogg").changes == 1
    assert tracks.get("/v.ogg") is not None
    tracks.update([], set(), 110)
    assert tracks.get("/v.ogg") is None
