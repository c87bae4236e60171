"""The synthetic Icecast: our own parsers read it as they read the real one."""

import json
import time
from base64 import b64encode

import pytest

from bench import documents
from bench.synthetic_icecast import Station
from exporter.icecast.listclients import ListenerParser
from exporter.icecast.stats_json import parse_stats_json
from exporter.icecast.stats_xml import parse_stats

AUTHORIZATION = f"Authorization: Basic {b64encode(b'admin:secret').decode()}\r\n"


def ask(station: Station, path: str, headers: str = AUTHORIZATION) -> tuple[str, bytes]:
    head, _, body = station.answer(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode()).partition(b"\r\n\r\n")
    return head.split(b" ")[1].decode(), body


def test_the_admin_statistics_are_icecasts() -> None:
    reading = parse_stats(documents.stats_xml(documents.mounts(10), time.time()))
    assert reading.version == "2.4.4"
    assert len(reading.mounts) == 10
    assert all(mount.live and mount.bitrate and mount.sent_bytes is not None for mount in reading.mounts)
    assert reading.counts["listeners"] == sum(mount.listeners or 0 for mount in reading.mounts)
    assert reading.counts["listeners"] == pytest.approx(500, abs=5)
    assert reading.warnings == 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_public_statistics_name_the_same_mounts(count: int) -> None:
    mounts = documents.mounts(count)
    reading = parse_stats_json(documents.status_json(mounts, time.time()))
    assert [mount.mount for mount in reading.mounts] == [mount.path for mount in mounts]


def test_listeners_are_listed_one_by_one() -> None:
    station, mount = Station(1, "secret", 300), documents.mounts(1, 300)[0]
    parser = ListenerParser()
    parser.feed(ask(station, f"/admin/listclients?mount={mount.path}")[1])
    parser.close()
    assert len(parser.take()) == mount.listeners == 300


def test_it_counts_what_it_is_asked_and_guards_its_admin_pages() -> None:
    station = Station(2, "secret")
    assert ask(station, "/admin/stats")[0] == "200"
    assert ask(station, "/admin/stats", headers="")[0] == "401"
    assert ask(station, "/admin/listclients?mount=/m0001.mp3")[0] == "200"
    assert ask(station, "/admin/listclients?mount=/gone.mp3")[0] == "400"
    assert ask(station, "/status-json.xsl", headers="")[0] == "200"
    assert ask(station, "/elsewhere")[0] == "404"
    assert json.loads(ask(station, "/_hits")[1]) == {
        "/admin/stats": 2,
        "/admin/listclients": 2,
        "/status-json.xsl": 1,
        "/elsewhere": 1,
    }
