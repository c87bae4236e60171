"""What sessions out of a log add to every quarter-hour: the same as if they had been watched. No I/O."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from exporter.audience.facts import QUALIFIED, QUARTER
from exporter.audience.people import STATION
from exporter.audience.quarters import (
    ENDED,
    LISTENED,
    NEW,
    QUALIFIED_LISTENED,
    QUALIFIED_SESSIONS,
    RETURNING,
    SENT,
    STARTED,
    Sums,
)
from exporter.backfill.listeners import Who
from exporter.store import sketches
from exporter.store.checkpoint import People, PeopleKey


class Play(NamedTuple):
    """One session. `mark` = eight bytes by which its line is known again; times in milliseconds."""

    mark: int
    channel: str
    who: Who
    started: int
    ended: int
    sent: int


class _There:
    """Who listened in one quarter-hour to one channel: in sessions of a minute and more, and in shorter ones."""

    __slots__ = ("qualified", "shorter")

    def __init__(self) -> None:
        self.qualified: set[bytes] = set()
        self.shorter: set[bytes] = set()

    def people(self) -> People:
        """As sketches."""
        qualified, shorter = _sketch(self.qualified), _sketch(self.shorter - self.qualified)
        return People(
            0, sketches.union((qualified, shorter)) if qualified and shorter else qualified or shorter, qualified
        )


class Adding:
    """What some sessions add."""

    def __init__(self) -> None:
        self.sums: Sums = defaultdict(lambda: [0] * 8)
        self._there: defaultdict[PeopleKey, _There] = defaultdict(_There)

    def add(self, play: Play, *, returning: bool | None) -> None:
        """One session; `returning` = whether its listener was there before, None where nobody can know."""
        _, channel, who, started, ended, sent = play
        country, qualified = who.place.country, ended - started >= QUALIFIED
        beginning = self.sums[started - started % QUARTER, channel, country]
        beginning[STARTED] += 1
        beginning[QUALIFIED_SESSIONS] += qualified
        if returning is not None:
            beginning[RETURNING if returning else NEW] += 1
        end = self.sums[ended - ended % QUARTER, channel, country]
        end[ENDED] += 1
        end[SENT] += sent
        self._listened(play, country, qualified=qualified)

    def _listened(self, play: Play, country: str, *, qualified: bool) -> None:
        # Half of the time of a whole run is spent here and above: hence the names of its own for everything.
        _, channel, who, begin, ended, _ = play
        sums, everybody, identity = self.sums, self._there, who.identity
        while begin < ended:
            quarter = begin - begin % QUARTER
            until = quarter + QUARTER if ended > quarter + QUARTER else ended  # noqa: FURB136 twice as fast
            here, there = sums[quarter, channel, country], everybody[quarter, channel]
            here[LISTENED] += until - begin
            if qualified:
                here[QUALIFIED_LISTENED] += until - begin
                there.qualified.add(identity)
            else:
                there.shorter.add(identity)
            begin = until

    def people(self, peaks: Iterable[tuple[PeopleKey, int]]) -> dict[PeopleKey, People]:
        """Who listened in each quarter-hour, by channel and on the whole station; and these peaks."""
        found = {key: there.people() for key, there in self._there.items()}
        by_quarter: defaultdict[int, list[People]] = defaultdict(list)
        for (quarter, _), people in found.items():
            by_quarter[quarter].append(people)
        for quarter, channels in by_quarter.items():
            found[quarter, STATION] = _together(channels)
        for key, peak in peaks:
            found.setdefault(key, People()).peak = peak
        return found


def _together(channels: list[People]) -> People:
    if len(channels) == 1:
        return replace(channels[0])
    listeners, qualified = ([getattr(one, name) for one in channels] for name in ("listeners", "qualified"))
    return People(0, sketches.union(listeners), sketches.union(qualified) if any(qualified) else None)


def _sketch(identities: set[bytes]) -> sketches.Sketch | None:
    if not identities:
        return None
    sketch = sketches.empty()
    for identity in identities:
        sketches.add(sketch, identity)
    return sketch
