import random
from collections import Counter, defaultdict

import pytest

from demo.edges import edges, shifted
from demo.people import Person
from demo.viewings import Viewing
from exporter.ingest.flussonic import KINDS

NOW = 1_790_000_000_000
SOMEBODY = Person("192.0.2.7", "VLC/3.0.21 LibVLC/3.0.21", "GB")


def viewing(protocol: str, seconds: float) -> Viewing:
    return Viewing("edge-fra", "live-hls", protocol, SOMEBODY, NOW, NOW + round(seconds * 1000), random.Random(1))


def life(one: Viewing, seconds: int) -> list[tuple[int, str]]:
    """What it tells, and in which second."""
    return [(second, event["event"]) for second in range(seconds) for event in one.events(NOW + second * 1000)]


def test_a_viewer_is_opened_started_updated_every_half_minute_and_closed():
    one = viewing("rtmp", 70)
    assert life(one, 200) == [
        (0, "play_opened"), (1, "play_started"), (31, "play_updated"), (61, "play_updated"), (70, "play_closed"),
    ]  # fmt: skip
    assert one.over


def test_the_end_of_one_that_fetches_pieces_is_noticed_late_and_told_as_it_was():
    one = viewing("hls", 20)
    *_, closed = [event for second in range(60) for event in one.events(NOW + second * 1000)]
    assert (closed["event"], closed["reason"]) == ("play_closed", "timeout")
    assert (closed["utc_ms"], closed["closed_at"]) == (NOW + 30_000, NOW + 20_000)
    assert closed["bytes"] == 24_000 * 19


def test_who_only_passes_by_is_never_started():
    assert [event for _, event in life(viewing("rtmp", 0.5), 5)] == ["play_opened", "play_closed"]


def test_the_edges_keep_as_many_viewers_as_are_wanted():
    present: defaultdict[str, set] = defaultdict(set)
    wanted = {0: 40, 300: 10}
    for edge, _ in edges(600, speed=1, dice=random.Random(4)):
        for second in range(600):
            for event in edge.tick(NOW + second * 1000, wanted[second // 300 * 300]):
                (present[edge.name].discard if event["event"] == "play_closed" else present[edge.name].add)(event["id"])
            if second in (299, 599):
                assert len(present[edge.name]) == pytest.approx(wanted[second // 300 * 300], abs=8)


def test_europe_views_in_frankfurt_and_america_in_new_york():
    met: defaultdict[str, Counter] = defaultdict(Counter)
    for edge, share in edges(600, speed=1, dice=random.Random(8)):
        assert 0.3 < share < 0.7
        for second in range(120):
            for event in edge.tick(NOW + second * 1000, 200):
                assert event["server"] == edge.name
                met[edge.name][event["country"]] += 1
                met[event["proto"]][edge.name] += 1
    assert met["edge-fra"].keys().isdisjoint(met["edge-nyc"])
    assert {"gb", "de", "za"} <= met["edge-fra"].keys()
    assert {"us", "ca", "au"} <= met["edge-nyc"].keys()
    assert {"hls", "dash", "webrtc", "rtmp", "m4s"} <= met.keys()


def test_every_event_is_told_once_and_in_flussonics_words():
    (edge, _), _ = edges(200, speed=60, dice=random.Random(3))
    events = [event for second in range(400) for event in edge.tick(NOW + second * 1000, 30)]
    assert len({event["event_id"] for event in events}) == len(events)
    assert {event["event"] for event in events} == {*KINDS, "play_opened"}


def test_a_clock_that_is_off_moves_every_time_and_nothing_else():
    (event,) = list(viewing("rtmp", 60).events(NOW))
    moved = shifted(event, 1000)
    assert (moved["utc_ms"], moved["opened_at"]) == (NOW + 1000, NOW + 1000)
    assert {name for name in event if moved[name] != event[name]} == {"utc_ms", "opened_at"}
