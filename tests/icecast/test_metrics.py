"""The whole page of each server version, held against a golden file."""

import pytest

from exporter.icecast import metrics
from exporter.icecast.audience import MountAudience
from exporter.icecast.stats_json import parse_stats_json
from exporter.icecast.stats_xml import parse_stats
from exporter.icecast.tracks import Tracks
from exporter.page import assemble
from tests.captures import capture

VERSIONS = {
    "icecast-2.4.4": (parse_stats, "2.4.4/stats.many"),
    "icecast-2.4.4-public": (parse_stats_json, "2.4.4/status-json.many"),
    "icecast-2.4.4-empty": (parse_stats, "2.4.4/stats.zero"),
    "icecast-2.5.0": (parse_stats, "2.5.0/stats.many"),
    "icecast-2.5.0-public": (parse_stats_json, "2.5.0/publicstats.many"),
    "icecast-kh22": (parse_stats, "kh22/stats.many"),
}


def page(version: str) -> str:
    parse, document = VERSIONS[version]
    reading, tracks = parse(capture(document)), Tracks()
    tracks.update(reading.mounts, {mount.mount for mount in reading.mounts}, now=1795230000.0)
    audiences = {"/m1.mp3": MountAudience(relays=1), "/k1.mp3": MountAudience(relays=0, largest_lag=4096)}
    block = metrics.render("main", reading, missing=["/gone.mp3"], tracks=tracks, audiences=audiences, warnings=0)
    return assemble(metrics.FAMILIES, [block], openmetrics=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_page(version: str, golden) -> None:
    golden(f"{version}.prom", page(version))


def test_no_title_is_in_any_label() -> None:
    for version, (parse, document) in VERSIONS.items():
        text = page(version)
        titles = [mount.title for mount in parse(capture(document)).mounts if mount.title and len(mount.title) > 3]
        assert titles or version.endswith(("empty", "kh22"))
        assert not [title for title in titles if title in text]


def test_without_a_reading_every_known_mount_is_down_and_says_nothing_else() -> None:
    block = metrics.without_reading("main", ["/a", '/b"q'], warnings=2)
    assert block == {
        "icecast_mount_up": 'icecast_mount_up{server="main",mount="/a"} 0\nicecast_mount_up{server="main",mount="/b\\"q"} 0\n',
        "icecast_parse_warnings_total": 'icecast_parse_warnings_total{server="main"} 2\n',
    }
