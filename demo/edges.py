"""Pretended streaming servers: who views what there, from one second to the next."""

import random
from collections.abc import Sequence

from demo.day import stay
from demo.people import invent_viewers
from demo.places import CITIES, City
from demo.viewings import Event, Viewing

MOVES_PER_TICK = 5
PASSERS_BY = 0.05  # share of sessions that are opened and never started

# what, how, its share of the viewers
CHANNELS = (
    ("live-hls", "hls", 40),
    ("live-hls", "m4s", 12),
    ("live-dash", "dash", 14),
    ("jazz-hls", "hls", 20),
    ("studio-cam", "webrtc", 9),
    ("studio-cam", "rtmp", 5),
)
WEST, EAST = -30, 110  # degrees: beyond these people are sent to New York


class Edge:
    """One server. It has its own clock, which may be `skew` milliseconds off."""

    def __init__(self, name: str, cities: Sequence[City], people: int, *, speed: float, dice: random.Random) -> None:
        self.name = name
        self.skew = 0
        self._speed, self._dice = speed, dice
        total = sum(share for *_, share in CHANNELS)
        self._people = {
            (media, protocol): invent_viewers(max(5, people * share // total), cities, protocol, dice)
            for media, protocol, share in CHANNELS
        }
        self._viewings: list[Viewing] = []

    def tick(self, now: int, wanted: int) -> list[Event]:
        """Let viewers come and go towards as many as are wanted, and return the events of that.

        Args:
            now: milliseconds of Unix time.
            wanted: viewers.
        """
        viewing = [one for one in self._viewings if one.ends > now]
        for one in self._dice.sample(viewing, max(0, min(len(viewing) - wanted, MOVES_PER_TICK))):
            one.ends = now
        for _ in range(min(wanted - len(viewing), MOVES_PER_TICK)):
            self._viewings.append(self._somebody(now))
        events = [event for one in self._viewings for event in one.events(now)]
        self._viewings = [one for one in self._viewings if not one.over]
        return [shifted(event, self.skew) for event in events] if self.skew else events

    def _somebody(self, now: int) -> Viewing:
        media, protocol, _ = self._dice.choices(CHANNELS, [share for *_, share in CHANNELS])[0]
        person = self._dice.choice(self._people[media, protocol])
        seconds = 0.5 if self._dice.random() < PASSERS_BY else stay(self._dice, self._speed)
        return Viewing(self.name, media, protocol, person, now, now + round(seconds * 1000), self._dice)


def edges(people: int, *, speed: float, dice: random.Random) -> list[tuple[Edge, float]]:
    """Return the two edges, each with its share of the viewers; they know `people` people."""
    east = [city for city in CITIES if WEST < city.longitude < EAST]
    west = [city for city in CITIES if city not in east]
    share = sum(city.share for city in east) / sum(city.share for city in CITIES)
    return [
        (Edge("edge-fra", east, round(people * share), speed=speed, dice=dice), share),
        (Edge("edge-nyc", west, round(people * (1 - share)), speed=speed, dice=dice), 1 - share),
    ]


def shifted(event: Event, skew: int) -> Event:
    """Return the event as a server tells it whose clock is off."""
    return {
        name: value + skew if isinstance(value, int) and (name.endswith("_at") or name == "utc_ms") else value
        for name, value in event.items()
    }
