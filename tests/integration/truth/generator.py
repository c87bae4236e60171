"""Play events of streaming servers as a day at a station brings them forth, and what they are about.

The truth of a session is decided first, then what is told of it: by servers of Flussonic's present form or of the one
before, with beginnings and ends that get lost on the way, with probes and zappers that listen to nothing.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.integration.truth.people import MACHINES, PLAYERS, WORLD, Network, Person

HOURS = 6
MINUTE = 60_000

SERVERS = {"edge-1": "new", "edge-2": "new", "edge-3": "old", "edge-4": "old"}
CHANNELS = ("jazz", "rock", "news", "ambient/night", "Утро", 'the "live" one', "back\\slash", "classic")
PROTOCOLS = {"hls": "hls", "HLS": "hls", "dash": "dash", "rtmp": "rtmp", "h l s!": "other", None: "other"}

REASONS = {
    None: "left",
    "eof": "left",
    "client_disconnect": "left",
    "timeout": "timeout",
    "banned": "denied",
    "source_lost": "gone",
    "network": "error",
    "server_shutdown": "server_restart",
    "token_expired": "expired",
    "a word nobody knows": "other",
}

STORIES = {"whole": 68, "beginning lost": 9, "end lost": 8, "zapper": 10, "probe": 5}
"""What is told of so many of a hundred sessions. A zapper is opened and closed, a probe is opened; nobody listens."""

Event = dict[str, Any]


@dataclass(slots=True)
class Session:
    """One session as it was, in milliseconds of Unix time, and what is told of it."""

    number: int
    name: str
    story: str
    server: str
    channel: str
    protocol: str | None
    person: Person
    address: str
    began: int
    ended: int
    reason: str | None
    updates: list[int] = field(default_factory=list)

    @property
    def new_form(self) -> bool:
        """Its server writes Flussonic's present form."""
        return SERVERS[self.server] == "new"

    @property
    def tells(self) -> list[str]:
        """The kinds of its events, in order."""
        updates = ["updated"] * len(self.updates)
        return {
            "whole": ["opened", "started", *updates, "closed"],
            "beginning lost": [*updates, "closed"],
            "end lost": ["started", *updates],
            "zapper": ["opened", "closed"],
            "probe": ["opened"],
        }[self.story]

    def sent(self, at: int) -> int:
        """Bytes that were sent to the listener by then: 128 kbit/s, told in the old form alone."""
        return 0 if self.new_form else 16 * (at - self.began)

    def events(self) -> list[tuple[int, int]]:
        """When each of its events is sent: `(time, place in tells)`. HLS tells the end late."""
        updates = iter(self.updates)
        at = {"opened": self.began - 40, "started": self.began, "closed": self.ended + self.number % 20 * 1000}
        return [(next(updates) if kind == "updated" else at[kind], place) for place, kind in enumerate(self.tells)]

    def event(self, place: int) -> Event:
        """One of its events, as its server writes it."""
        kind = self.tells[place]
        at = {"opened": self.began - 40, "started": self.began, "closed": self.ended}.get(kind)
        if at is None:
            at = self.updates[place - self.tells.index("updated")]
        return self._new(kind, at, place) if self.new_form else self._old(kind, at)

    def _common(self, kind: str) -> Event:
        said = {
            "event": f"play_{kind}",
            "id": self.name,
            "server": self.server,
            "media": self.channel,
            "ip": self.address,
            "country": self.person.network.told,
            "proto": self.protocol,
            "user_agent": self.person.agent.text,
            "token": "a secret",
            "query_string": "token=secret&utm=1",
        }
        return {name: value for name, value in said.items() if value is not None}

    def _new(self, kind: str, at: int, place: int) -> Event:
        event = self._common(kind) | {
            "event_id": f"{self.name}/{place}",
            "utc_ms": at + 7,
            "opened_at": self.began - 40,
        }
        event |= {"referer": "https://radio.example/listen", "user_id": "u1", "user_name": None}
        if kind != "opened" and self.story != "zapper":
            event |= {"started_at": self.began, "duration": (at - self.began) // 1000}
        if kind in ("updated", "closed"):
            event[f"{kind}_at"] = at
        return event | ({"reason": self.reason} if kind == "closed" else {})

    def _old(self, kind: str, at: int) -> Event:
        event = self._common(kind) | {"time": iso8601(at), "source_id": "s", "opened_at": self.began - 40}
        event["bytes"] = self.sent(at)
        if kind == "closed":
            event |= {"time": iso8601(at + 3000), "closed_at": at, "reason": self.reason}
        return event


def iso8601(at: int) -> str:
    """As Flussonic's older form writes a moment: with microseconds."""
    whole, rest = divmod(at, 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}000Z"


def sessions(events: int, now: int, dice: random.Random) -> list[Session]:
    """So many sessions that they have `events` events, five each; all of them lie in the last hours before `now`."""
    people = _people(events // 8, dice)
    listed = [_session(number, now, people, dice) for number in range(events // 5)]
    _fill_up(listed, events, dice)
    return listed


def _people(number: int, dice: random.Random) -> list[Person]:
    weights = [6] * 5 + [3, 3] + [1] * (len(WORLD) - 7)
    networks: list[Network] = dice.choices(WORLD, weights, k=number)
    agents = dice.choices([*PLAYERS, *MACHINES], [5] * len(PLAYERS) + [1] * len(MACHINES), k=number)
    return [Person(net, dice.getrandbits(16), agent) for net, agent in zip(networks, agents, strict=True)]


def _session(number: int, now: int, people: list[Person], dice: random.Random) -> Session:
    person = dice.choice(people)
    lasted = _length(dice)
    began = now - HOURS * 60 * MINUTE + dice.randrange(HOURS * 60 * MINUTE - lasted - 2 * MINUTE)
    return Session(
        number,
        f"{dice.getrandbits(128):032x}",
        dice.choices(list(STORIES), list(STORIES.values()))[0],
        dice.choice(list(SERVERS)),
        dice.choice(CHANNELS),
        dice.choice(list(PROTOCOLS)),
        person,
        person.address(dice),
        began,
        began + lasted,
        dice.choice(list(REASONS)),
    )


def _length(dice: random.Random) -> int:
    """A third leaves within the minute that makes a session count; some at its very edge."""
    roll = dice.random()
    if roll < 0.02:
        return dice.choice((0, 59_999, 60_000, 60_001))
    if roll < 0.35:
        return dice.randrange(60_000)
    return min(round(dice.lognormvariate(6.5, 1) * 1000), 3 * 60 * MINUTE)


def _fill_up(listed: list[Session], events: int, dice: random.Random) -> None:
    """Updates for sessions that are told to be going on, until there are as many events as are wanted."""
    going_on = [one for one in listed if one.story in ("whole", "beginning lost", "end lost") and one.ended > one.began]
    missing = events - sum(len(one.tells) for one in listed)
    moments: set[tuple[int, int]] = set()
    while len(moments) < missing:
        one = dice.choice(going_on)
        moments.add((one.number, dice.randrange(one.began, one.ended)))
    for number, moment in sorted(moments):
        listed[number].updates.append(moment)


def deliveries(listed: list[Session], again: float, dice: random.Random) -> list[tuple[int, int]]:
    """The order in which events arrive, as `(session, place)`: shuffled within a window, some of them twice."""
    order = sorted((at, one.number, place) for one in listed for at, place in one.events())
    window = max(len(order) // 50, 100)
    keyed = [(index + dice.random() * window, number, place) for index, (_, number, place) in enumerate(order)]
    twice = dice.sample(keyed, round(again * len(keyed)))
    keyed += [(at + dice.random() * 3 * window, number, place) for at, number, place in twice]
    return [(number, place) for _, number, place in sorted(keyed)]


def batches(order: list[tuple[int, int]], size: int) -> Iterator[list[tuple[int, int]]]:
    """So many at a time."""
    return (order[start : start + size] for start in range(0, len(order), size))
