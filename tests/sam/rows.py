"""Rows of a history and of requests, written short; a studio's configuration; a store that breaks."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from exporter.config.schema_sam import Charts, SamDatabase
from exporter.config.units import Duration
from exporter.errors import StoreFailed
from exporter.sam.reading import HistoryRow, RequestRow, Song
from exporter.store.database import Database

T = TypeVar("T")

CONFIG = SamDatabase(
    name="studio",
    host="db.example.org",
    user="exporter",
    charts=Charts(top=5, least_plays=2),
    skip_below=Duration("30s"),
)


def song(number: int, **names: str) -> Song:
    return Song(
        number, **{"artist": f"Artist {number % 7}", "title": f"Title {number}", "genre": f"Genre {number % 4}"} | names
    )


def clock(written: str) -> datetime:
    """What the playout computer's clock shows: `2026-03-29 01:58`."""
    return datetime.fromisoformat(written)


def at(written: str) -> datetime | None:
    """A zero date is None."""
    return None if written.startswith("0000") else clock(written)


def aired(
    number: int, played: str | datetime | None, seconds: float, songtype: str = "S", of: Song | None = None, **more
) -> HistoryRow:
    when = at(played) if isinstance(played, str) else played
    return HistoryRow(number, when, round(seconds * 1000), songtype, of or song(number), **more)


def asked(
    number: int, when: str, code: int = 200, status: str = "new", *, song_id: int = 1, host: str = "192.0.2.7"
) -> RequestRow:
    return RequestRow(number, song_id, at(when), host, code, status)


def programme(dice: random.Random, number: int, start: datetime, songs: int = 25) -> Iterator[HistoryRow]:
    """So many rows as a station might write them, with everything that goes wrong."""
    when = start
    for history_id in range(1, number + 1):
        songtype = dice.choice("SSSSSJAI?")
        length = dice.choice([0, 8, 200, 240]) if songtype == "S" else dice.choice([0, 5, 12])
        of = song(dice.randrange(songs), genre=dice.choice(["", "Jazz", "Swing"]))
        listeners = dice.choice([None, 0, 7, 40])
        strange = dice.random()
        yield aired(
            history_id, None if strange < 0.03 else when, length, songtype, of,
            overlay=0.03 < strange < 0.06, listeners=listeners, request_id=dice.choice([0, 0, 0, history_id]),
        )  # fmt: skip
        when += timedelta(seconds=dice.choice([0, 3, length, length, length, length + 2, 4000]))
        when -= timedelta(seconds=500 if 0.06 < strange < 0.08 else 0)


class Forgetful(Database):
    """Commits, and then the answer gets lost."""

    lost = False

    async def write(self, work: Callable[[Connection], T]) -> T:
        done = await super().write(work)
        if self.lost:
            self.lost = False
            raise StoreFailed("the connection to the database broke")
        return done
