"""A studio's time on the air, made up and written into SAM's tables with every oddity that real ones have.

How far the playout's clock is ahead of UTC stands in a table beside them (`ahead`, `asked_ahead`), so that plain SQL can count too.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.sam.samdb import ZERO, SamDb

BERLIN = ZoneInfo("Europe/Berlin")

FIVE_HOURS = timedelta(hours=5)
SONGS = 40
GENRES = ("Jazz", "Soul", "", "Pop")
ARTISTS = ("The Perihelions", "Ünal & Søster", "Сирена", 'DJ "Regolith"', "Marta \\ Quill", "Ada Ferrow", "")
TYPES = "SSSSJSSSASSISSSPSSNSSX"
CODES = (200, 200, 200, 601, 602, 603, 604, 605, 606, 609, 805, 700, 0)
STATUSES = ("played", "ignored", "pending", "new")


@dataclass(frozen=True)
class Writes:
    """How the engine writes."""

    means: str = "start"
    unit: str = "ms"


def last_change(month: int) -> date:
    """The latest night that is over in which Berlin's clocks were changed in this month: its last Sunday."""
    today = datetime.now(UTC).date()
    for year in (today.year, today.year - 1):
        day = date(year, month, 31)
        day -= timedelta(days=(day.weekday() + 1) % 7)
        if day < today - timedelta(days=1):
            return day
    raise AssertionError("every month comes every year")


def clock_goes_back() -> datetime:
    """When Berlin's clocks were last set back: at one in the morning, UTC."""
    night = last_change(10)
    return datetime(night.year, night.month, night.day, 1, tzinfo=UTC)


def shifts() -> list[datetime]:
    """When something was on for five hours: both nights in which the clock was changed, and some of late."""
    now = datetime.now(UTC).replace(microsecond=0)
    recent = [now - timedelta(days=days, hours=6) for days in (70, 31, 29, 8, 6, 2, 0)]
    changes = [
        datetime(night.year, night.month, night.day, 0, 20, tzinfo=BERLIN).astimezone(UTC)
        for night in (last_change(3), last_change(10))
    ]
    return sorted([*recent, *(change for change in changes if all(abs(change - at) > FIVE_HOURS for at in recent))])


class Year:
    """Writes it. The same numbers always give the same year."""

    def __init__(self, db: SamDb, writes: Writes) -> None:
        self._db, self._writes = db, writes
        self._dice = random.Random(4)
        refused = {"code": 601, "host": "192.0.2.1"}
        # The hour that comes twice: after one at the end of the first, whatever the clock says next is in the second.
        # Without it nobody can tell, and which requests are asked then changes with the day on which this is run.
        self._asked: list[tuple[datetime, bool, dict[str, Any]]] = [
            (datetime.now(UTC), True, refused),
            (clock_goes_back() - timedelta(seconds=1), False, refused),
        ]

    def write(self) -> None:
        """Library, requests, history, queue."""
        self._library()
        self._db.run("CREATE TABLE ahead (ID int PRIMARY KEY, seconds int NOT NULL)")
        self._db.run("CREATE TABLE asked_ahead (ID int PRIMARY KEY, seconds int NOT NULL)")
        rows = list(self._rows())
        requests = self._write_requests()
        rows = [((*row[:11], requests[row[11]] if row[11] else 0, row[12]), seconds) for row, seconds in rows]
        names = "ID, songID, date_played, duration, artist, title, album, label, ISRC, listeners, songtype, requestID, overlay"
        self._db.add_all("historylist", names, [row[0] for row in rows])
        self._db.add_all("ahead", "ID, seconds", [(row[0][0], row[1]) for row in rows])
        self._db.queue(1, 2, 3, 0)

    def _library(self) -> None:
        for number in range(1, SONGS + 1):
            self._db.song(
                ARTISTS[number % len(ARTISTS)].encode(), f"Title {number}".encode(), genre=GENRES[number % len(GENRES)],
                duration=self._units(200), count_played=number % 3, status=number % 11 == 0,
            )  # fmt: skip
        self._db.song("Station", "This is us", songtype="I")
        self._db.category("Morning", *range(1, 20))
        self._db.category("Gold", *range(10, 30))

    def _units(self, seconds: int) -> int:
        return seconds * (1000 if self._writes.unit == "ms" else 1)

    def _rows(self) -> Iterator[tuple[tuple[object, ...], int]]:
        """Rows of the history, each with how far its clock is ahead of UTC."""
        number, dice = 0, self._dice
        for begin in shifts():
            at = begin
            while at < begin + FIVE_HOURS:
                number += 1
                row, lasted = self._row(number, at, dice.randint(31, 400))
                yield row
                at += timedelta(seconds=lasted)

    def _row(self, number: int, at: datetime, nominal: int) -> tuple[tuple[tuple[object, ...], int], int]:
        dice = self._dice
        songtype = TYPES[number % len(TYPES)]
        overlay = number % 41 == 7
        lasted = 0 if overlay else self._lasted(number, nominal)
        written = at + timedelta(seconds=lasted) if self._writes.means == "end" else at
        local = written.astimezone(BERLIN)
        played = ZERO if number % 53 == 9 else f"{local:%Y-%m-%d %H:%M:%S}"
        song = dice.randint(1, SONGS) if songtype == "S" and number % 29 else 0
        row = (
            number, song, played, self._units(nominal), ARTISTS[song % len(ARTISTS)].encode(), f"Title {song}",
            "Album", "Label", f"DE{song:05}", dice.randint(0, 90), songtype, self._request(number, song, at),
            "yes" if overlay else "no",
        )  # fmt: skip
        return (row, ahead(local)), lasted

    def _lasted(self, number: int, nominal: int) -> int:
        """Seconds on the air: mostly its length; skipped; nothing at all; and now and then silence behind it."""
        if number % 17 == 3:
            return self._dice.randint(3, 28)
        if number % 97 == 5:
            return 0
        return nominal + (600 if number % 31 == 0 and self._writes.means == "start" else 0)

    def _request(self, number: int, song: int, at: datetime) -> int:
        """Somebody asked for it; and somebody else for something that is not played. Gives its place among all."""
        if not song or number % 4:
            return 0
        dice = self._dice
        asked = at - timedelta(seconds=dice.randint(30, 5000))
        other = {"code": dice.choice(CODES), "status": dice.choice(STATUSES), "song_id": dice.randint(1, SONGS)}
        for told in ({"code": 200, "status": "played", "song_id": song}, other):
            self._asked.append(
                (asked, number % 8 == 0 and told is other, told | {"host": f"192.0.2.{dice.randint(1, 30)}"})
            )
        return len(self._asked) - 1

    def _write_requests(self) -> list[int]:
        """In the order of time, as they come. Gives the ID of each, by its place."""
        ids = [0] * len(self._asked)
        for place, (asked, timeless, told) in sorted(enumerate(self._asked), key=lambda pair: pair[1][0]):
            local = asked.astimezone(BERLIN)
            ids[place] = self._db.request(None if timeless else f"{local:%Y-%m-%d %H:%M:%S}", **told)
            self._db.add("asked_ahead", ID=ids[place], seconds=ahead(local))
        return ids


def ahead(local: datetime) -> int:
    """Seconds that a clock is ahead of UTC."""
    offset = local.utcoffset()
    assert offset is not None
    return round(offset.total_seconds())
