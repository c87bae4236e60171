"""A store with listening in it, made of plain sessions, and the same figures counted from those sessions one by one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from exporter.audience.facts import QUALIFIED, QUARTER
from exporter.store import sketches
from exporter.store.database import Database, database_url
from exporter.store.migrations import migrate
from exporter.store.schema import listen, quarter, quarter_people, session

SECOND = 1000
HOUR = 3_600_000


class Session(NamedTuple):
    """One session of a person. Times in milliseconds."""

    start: int
    end: int
    channel: str = "/live"
    country: str = "DE"
    who: str = "anna"
    city: str = ""
    sent: int = 0
    returning: bool = False

    @property
    def qualified(self) -> bool:
        return self.end - self.start >= QUALIFIED

    def inside(self, since: int, until: int) -> int:
        """Milliseconds of it between two moments."""
        return max(0, min(self.end, until) - max(self.start, since))


def hashed(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def store(path: Path, sessions: Iterable[Session] = ()) -> Database:
    """A database of the sessions, rolled up as the audience does it."""
    database = Database(database_url(None, path))
    database.write_now(migrate)
    database.write_now(lambda connection: fill(connection, list(sessions)))
    return database


def fill(connection: Connection, sessions: list[Session]) -> None:
    sums: defaultdict[tuple[int, str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    people: defaultdict[tuple[int, str], tuple[set[str], set[str], list[Session]]] = defaultdict(
        lambda: (set(), set(), [])
    )
    for one in sessions:
        begun = sums[floor(one.start), one.channel, one.country]
        begun["started"] += 1
        begun["returning_listeners" if one.returning else "new_listeners"] += 1
        begun["qualified_sessions"] += one.qualified
        over = sums[floor(one.end), one.channel, one.country]
        over["ended"] += 1
        over["sent"] += one.sent
        for start in quarters(one.start, one.end):
            there = one.inside(start, start + QUARTER)
            sums[start, one.channel, one.country]["listened"] += there
            sums[start, one.channel, one.country]["qualified_listened"] += there * one.qualified
            for channel in (one.channel, ""):
                everyone, qualified, there_too = people[start, channel]
                there_too.append(one)
                everyone.add(one.who)
                if one.qualified:
                    qualified.add(one.who)
    columns = [column.name for column in quarter.columns][3:]
    rows = [
        {"start": start, "channel": channel, "country": country} | {name: value[name] for name in columns}
        for (start, channel, country), value in sums.items()
    ]
    crowds = [
        {
            "start": start,
            "channel": channel,
            "peak": peak(there_too, start),
            "listeners": packed(everyone),
            "qualified_listeners": packed(qualified),
        }
        for (start, channel), (everyone, qualified, there_too) in people.items()
    ]
    for table, filled in ((quarter, rows), (quarter_people, crowds), (session, list(map(row, sessions)))):
        if filled:
            connection.execute(table.insert(), filled)


def row(one: Session) -> dict[str, object]:
    """Its row in the table of sessions."""
    return {
        "session_key": hashed(repr(one)), "sender": "icecast", "server": "main", "channel": one.channel,
        "protocol": "icecast", "identity": hashed(one.who), "address": hashed(f"address {one.who}"),
        "country": one.country, "city": one.city, "latitude": 52.52 if one.city else None,
        "longitude": 13.4 if one.city else None, "player": "VLC", "player_class": "desktop", "person": True,
        "connection": None, "begun": True, "started": one.start, "seen": one.end, "ended": one.end, "final": True,
        "reason": "left", "sent": one.sent, "is_returning": one.returning, "events": b"",
    }  # fmt: skip


def play(at: int, **more: object) -> dict[str, object]:
    """A row in the table of plays."""
    return {
        "at": at, "source": "jazz", "identity": hashed("anna"), "address": hashed("address anna"), "country": "DE",
        "player": "Firefox", "player_class": "desktop", "referrer": "example.org", "duration": None,
    } | more  # fmt: skip


def plays(connection: Connection, rows: list[dict[str, object]]) -> None:
    connection.execute(listen.insert(), rows)


def packed(names: set[str]) -> bytes | None:
    sketch = sketches.empty()
    for name in names:
        sketches.add(sketch, hashed(name))
    return sketches.pack(sketch) if names else None


def peak(sessions: list[Session], since: int) -> int:
    """The most sessions at one time from a moment on."""
    changes = sorted((at, change) for one in sessions for at, change in ((max(one.start, since), 1), (one.end, -1)))
    return max(accumulate(change for _, change in changes))


def floor(at: int) -> int:
    return at - at % QUARTER


def quarters(since: int, until: int) -> Iterator[int]:
    return iter(range(floor(since), max(until, since + 1), QUARTER))
