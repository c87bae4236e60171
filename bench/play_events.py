"""Play events as a Flussonic sends them: many sessions under way at a time, each started, updated and closed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from bench.crowd import address
from bench.documents import AGENTS

BATCH = 100
"""Events in one request."""

AGE = 1800
"""Seconds for which the sessions have lasted when the benchmark begins, at most: none is older than what is taken."""

MEDIA = tuple(f"channel-{number:02d}" for number in range(20))
SERVERS = ("edge-1", "edge-2", "edge-3", "edge-4")
PROTOCOLS = ("hls", "dash", "mpegts", "rtmp")

_encode = msgspec.json.Encoder().encode

Event = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Play:
    """One session. `opened` in milliseconds of Unix time."""

    number: int
    opened: int

    def started(self) -> Event:
        """Somebody listens."""
        return self._event("play_started", self.opened)

    def updated(self) -> Event:
        """Two minutes later somebody still does."""
        return self._event("play_updated", self.opened + 120_000, bytes=2_000_000, duration=120)

    def closed(self) -> Event:
        """And has gone after four."""
        at = self.opened + 240_000
        return self._event("play_closed", at, bytes=4_000_000, duration=240, closed_at=at, reason="normal")

    def _event(self, name: str, at: int, **more: str | int) -> Event:
        number = self.number
        return {
            "event": name,
            "event_id": f"{number}-{name}",
            "server": SERVERS[number % len(SERVERS)],
            "utc_ms": at,
            "id": f"00000000-0000-4000-8000-{number:012d}",
            "media": MEDIA[number * 7 % len(MEDIA)],
            "ip": address(number),
            "country": "de",
            "proto": PROTOCOLS[number % len(PROTOCOLS)],
            "user_agent": AGENTS[number % len(AGENTS)],
            "referer": "https://radio.example/listen",
            "query_string": "token=0123456789abcdef",
            "user_id": None,
            "token": "0123456789abcdef",
            "opened_at": self.opened,
            "started_at": self.opened,
            "updated_at": at,
            **more,
        }


def openings(first: int, number: int) -> list[bytes]:
    """The bodies of requests that start so many sessions, numbered from `first`."""
    return list(_bodies(play.started() for play in _plays(first, number)))


def lives(first: int, number: int) -> list[bytes]:
    """The bodies of requests that tell of so many whole sessions, a quarter of them under way at any time."""
    return list(_bodies(_interleaved(list(_plays(first, number)), number // 8)))


def _plays(first: int, number: int) -> Iterator[Play]:
    begin = (time.time_ns() // 1_000_000) - (AGE + 300) * 1000
    return (Play(first + place, begin + place * AGE * 1000 // number) for place in range(number))


def _interleaved(plays: list[Play], apart: int) -> Iterator[Event]:
    """Every session's events, each so many sessions behind the one before."""
    for place in range(len(plays) + 2 * apart):
        if place < len(plays):
            yield plays[place].started()
        if 0 <= place - apart < len(plays):
            yield plays[place - apart].updated()
        if 0 <= place - 2 * apart < len(plays):
            yield plays[place - 2 * apart].closed()


def _bodies(events: Iterator[Event]) -> Iterator[bytes]:
    while batch := list(islice(events, BATCH)):
        yield _encode(batch)
