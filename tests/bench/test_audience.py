"""What `make bench` sends and serves for the audience, as the exporter's own readers understand it."""

import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from bench import limits
from bench.access_log import lines
from bench.audience_report import Audience, aims, report
from bench.crowd import CHANGING, Crowd
from bench.crowded import Crowded
from bench.documents import Mount, mounts
from bench.lag import Lag
from bench.places import write_places
from bench.play_events import BATCH, lives, openings
from bench.senders import Sent
from bench.timings import Timing
from bench.webhooks import Run, Webhooks, fewest
from exporter.audience.geo import Geo
from exporter.backfill.access_log import no_session, parse
from exporter.icecast.listclients import Listener, ListenerParser
from exporter.ingest.flussonic import Event, Flussonic


def listed(document: bytes) -> list[Listener]:
    parser = ListenerParser()
    parser.feed(document)
    parser.close()
    return parser.take()


def test_who_stays_has_been_there_longer_on_the_next_list() -> None:
    crowd = Crowd(Mount(0, 500), count(1), 1000.0)
    before = {one.connection: one for one in listed(crowd.listclients_xml(1000.0))}
    after = {one.connection: one for one in listed(crowd.listclients_xml(1015.0))}
    stayed = before.keys() & after.keys()
    assert len(after) == len(before) == 500
    assert len(stayed) == 500 - 500 // CHANGING
    assert {(after[number].seconds or 0) - (before[number].seconds or 0) for number in stayed} == {15}
    assert {after[number].seconds for number in after.keys() - before.keys()} == {15}
    assert all(after[number].address == before[number].address for number in stayed)


def test_no_two_connections_of_a_server_have_one_number() -> None:
    numbers = count(1)
    lists = [Crowd(mount, numbers, 1000.0).listclients_xml(1000.0) for mount in mounts(20)]
    found = [one.connection for document in lists for one in listed(document)]
    assert len(found) == len(set(found)) == sum(mount.listeners for mount in mounts(20))


def test_every_listener_of_the_benchmark_is_somewhere(tmp_path: Path) -> None:
    geo = Geo(write_places(tmp_path / "places.mmdb"))
    places = [geo.place(one.address) for one in listed(Crowd(Mount(0, 5000), count(1), 1000.0).listclients_xml(1000.0))]
    geo.close()
    assert {place.country for place in places} >= {"US", "DE", "CH"}
    assert all(place.city and place.latitude is not None for place in places)


def decoded(bodies: list[bytes]) -> list[Event]:
    return [event for body in bodies for event in Flussonic().read(body)]


def test_the_play_events_are_whole_sessions_in_batches() -> None:
    bodies = lives(7, 1000)
    assert {len(Flussonic().read(body)) for body in bodies} == {BATCH}
    events = decoded(bodies)
    assert Counter(event.event for event in events) == dict.fromkeys(
        ("play_started", "play_updated", "play_closed"), 1000
    )
    seen: dict[object, list[str]] = {}
    for event in events:
        seen.setdefault(event.id, []).append(event.event)
    assert all(told == ["play_started", "play_updated", "play_closed"] for told in seen.values())
    now = time.time() * 1000
    assert all(now - 3_600_000 < (event.utc_ms or 0) <= now for event in events)


def test_openings_only_open() -> None:
    assert {event.event for event in decoded(openings(0, 300))} == {"play_started"}


def test_every_line_of_the_access_log_is_a_session() -> None:
    found = [parse(line.rstrip("\n")) for line in lines(2000, time.time())]
    assert all(heard is not None and no_session(heard) is None for heard in found)
    ends = [heard.ended for heard in found if heard]
    assert ends == sorted(ends)


def test_the_limits_do_the_work(tmp_path: Path) -> None:
    assert limits.decode(openings(0, 100)) > 0
    assert limits.insert(tmp_path, 500, 100) > 0
    assert not list(tmp_path.iterdir())
    document = Crowd(Mount(0, 2000), count(1), 1000.0).listclients_xml(1000.0)
    assert limits.parse(document, handled=True) > 0


def run(rate: float, connections: int = 4, p99: float = 0.05) -> Run:
    return Run(100_000, connections, Sent(1000, 100_000 / rate, Timing(1000, p99 / 2, p99, 0)), 4.0)


def test_more_connections_than_needed_are_not_best() -> None:
    assert fewest([run(5000, 1), run(8600, 2), run(10_000, 4), run(9900, 8)]) == 2


@pytest.mark.parametrize(
    ("rate", "p99", "verdicts"), [(20_000, 0.1, ["met"] * 3), (19_999, 0.101, ["MISSED"] * 2 + ["met"])]
)
def test_the_aims_of_webhooks(rate: float, p99: float, verdicts: list[str]) -> None:
    best = run(rate, p99=p99)
    hooks = Webhooks(best, [best], best, run(500_000), 80_000_000, 200_000_000, 210_000_000, {"msgspec decodes": 1e6})
    assert [verdict for *_, verdict in aims(Audience(webhooks=hooks))] == verdicts
    text = report(Audience(webhooks=hooks))
    assert "80 MB before any session, 200 MB with 100,000 open ones, 210 MB at most" in text
    assert "msgspec decodes" in text


def test_the_aims_of_polling() -> None:
    crowded = Crowded(
        6, 1.0, 3.0, Timing(30, 0.004, 0.02, 22_000), Lag(0.1, 2, 1000), {0.001: 998, 0.1: 2}, 144_000_000
    )
    assert [verdict for *_, verdict in aims(Audience(crowded=crowded))] == ["MISSED", "MISSED", "met"]
    assert "998 <= 1 ms, 2 <= 100 ms" in report(Audience(crowded=crowded))
