"""How often one address may ask, and that nothing is remembered of it for long."""

import gc
from ipaddress import ip_address

from exporter.web.doors.rate import MOST_BUCKETS, Rate
from exporter.web.doors.recent import MOST, Recent

HERE, THERE = ip_address("203.0.113.7"), ip_address("203.0.113.8")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_so_many_a_second() -> None:
    clock = Clock()
    rate = Rate(4, clock)
    assert [rate.admits(HERE) for _ in range(6)] == [True] * 4 + [False] * 2
    clock.now += 0.5
    assert [rate.admits(HERE) for _ in range(3)] == [True, True, False]
    clock.now += 100
    assert [rate.admits(HERE) for _ in range(5)] == [True] * 4 + [False]


def test_whoever_is_refused_waits_no_longer_for_asking() -> None:
    clock = Clock()
    rate = Rate(1, clock)
    admitted = 0
    for _ in range(1000):
        clock.now += 0.01
        admitted += rate.admits(HERE)
    assert 9 <= admitted <= 11


def test_addresses_and_kinds_have_their_own() -> None:
    rate = Rate(1, Clock())
    assert rate.admits(HERE)
    assert rate.admits(THERE)
    assert rate.admits(HERE, "refused")
    assert rate.admits(None)
    assert not rate.admits(HERE)


def test_an_ipv6_network_is_one_sender() -> None:
    rate = Rate(1, Clock())
    assert rate.admits(ip_address("2001:db8:1:2::1"))
    assert not rate.admits(ip_address("2001:db8:1:2:ffff::9"))
    assert rate.admits(ip_address("2001:db8:1:3::1"))


def test_it_forgets_within_seconds_and_keeps_no_address() -> None:
    clock = Clock()
    rate = Rate(5, clock)
    for last in range(256):
        rate.admits(ip_address(f"203.0.113.{last}"))
    assert len(rate) == 256
    kept = [thing for bucket in gc.get_referents(rate._buckets) for thing in gc.get_referents(bucket)]
    assert len(kept) >= 256
    assert all(isinstance(thing, int | float) for thing in kept)
    clock.now += 2
    rate.admits(HERE)
    assert len(rate) == 1


def test_its_memory_has_a_limit() -> None:
    rate = Rate(5, Clock())
    for number in range(MOST_BUCKETS + 500):
        rate.admits(ip_address(number))
    assert len(rate) == MOST_BUCKETS


def test_a_play_goes_on_while_the_player_comes_back_within_a_minute() -> None:
    clock = Clock()
    recent = Recent(clock)
    assert not recent.again(b"ali", "jazz")
    for _ in range(10):
        clock.now += 59
        assert recent.again(b"ali", "jazz")
    assert not recent.again(b"ali", "pop")
    assert not recent.again(b"baba", "jazz")
    clock.now += 60
    assert not recent.again(b"ali", "jazz")
    assert len(recent) == 1


def test_the_latest_plays_have_a_limit_too() -> None:
    recent = Recent(Clock())
    for number in range(MOST + 500):
        recent.again(number.to_bytes(16, "big"), "jazz")
    assert len(recent) == MOST
