"""The charts of a window: what was played, asked for, kept and lost listeners. Computed from the store alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from exporter.config.schema_sam import SamDatabase
from exporter.sam.charts.drift import PAST, Drift, offsets
from exporter.sam.charts.heard import Heard, SongSum
from exporter.sam.charts.ranking import Named, Place, SongPlace, both_ends, first, first_songs, named
from exporter.sam.charts.windows import AHEAD, DAY, span
from exporter.sam.log.outcomes import REFUSALS
from exporter.store import charts as stored
from exporter.store.charts import Span
from exporter.store.database import Database

REQUESTERS = 10
"""Places of the chart of those who ask most."""

PART = 50_000
"""Plays that are summed in one go."""

EARLIEST, LATEST = -(1 << 62), 1 << 62
"""Moments of a window without limits."""

UNKNOWN = "unknown"
"""The genre of songs that have none."""


class ChartSet(Struct, frozen=True):
    """The charts of a window at a moment (ms): the most first.

    `keeps` and `loses`: what became of a song's listeners, beyond what is usual at that minute, as a part of those who
    were there at its start; the best first, and the worst first. No song is in both. `requesters`: the first hex digits
    of the keyed hash. `hours`: 00 to 23, by the station's clock, those that had requests.
    """

    window: str
    at: int
    songs: tuple[SongPlace, ...]
    artists: tuple[Place, ...]
    genres: tuple[Place, ...]
    categories: tuple[Place, ...]
    requested: tuple[SongPlace, ...]
    requesters: tuple[Place, ...]
    hours: tuple[Place, ...]
    keeps: tuple[SongPlace, ...]
    loses: tuple[SongPlace, ...]


class Rotation(Struct, frozen=True):
    """Different songs and artists of the last 24 hours."""

    songs: int
    artists: int


class Charts:
    """Of one studio.

    Args:
        database: the store.
        config: of the studio.
        zone: of the station's clock.
    """

    def __init__(self, database: Database, config: SamDatabase, zone: ZoneInfo) -> None:
        self._database, self._server, self._zone = database, config.name, zone
        self._top, self._least_plays = config.charts.top, config.charts.least_plays

    async def window(self, window: str, now: int, categories: Mapping[int, tuple[str, ...]]) -> ChartSet:
        """All charts of a window, computed in a thread; StoreFailed if the store cannot be read.

        `categories` are those that each song of the library is in today.
        """
        within = span(window, now)
        rows = await self._sums(within, await self._database.read(partial(self._drift, within, now)))
        return await self._database.read(partial(self._charts, window, now, rows, categories))

    async def rotation(self, now: int) -> Rotation:
        """How many different songs and artists there were."""
        rows = await self._sums((now - DAY, now + AHEAD), Drift((), ((0, 0),)))
        songs = {named(row.song_id, row.artist, row.title) for row in rows}
        return Rotation(len(songs), len({row.artist for row in rows} - {""}))

    async def _sums(self, within: Span, drift: Drift) -> list[SongSum]:
        """By song, read in parts: each has the reader's time limit for itself, and lets others have their turn."""
        heard = Heard(drift)
        first, last = within or (EARLIEST, LATEST)
        while first <= last:
            first = await self._database.read(partial(self._part, heard, first, last))
        if within is None:
            await self._database.read(lambda connection: heard.add(stored.plays_without_time(connection, self._server)))
        return await self._database.read(lambda connection: heard.songs(stored.songs(connection, heard.song_keys)))

    def _part(self, heard: Heard, first: int, last: int, connection: Connection) -> int:
        """Sum some plays from a moment on. Returns from where to go on."""
        behind = stored.start_behind(connection, self._server, first, PART)
        until = last + 1 if behind is None else min(max(behind, first + 1), last + 1)
        heard.add(stored.plays(connection, self._server, first, until))
        return until

    def _charts(
        self,
        window: str,
        now: int,
        rows: Sequence[SongSum],
        categories: Mapping[int, tuple[str, ...]],
        connection: Connection,
    ) -> ChartSet:
        within = span(window, now)
        names = newest_names(rows)
        keeps, loses = both_ends(changes(rows, self._least_plays), self._top)
        return ChartSet(
            window=window,
            at=now,
            songs=_places(first_songs(plays_of_songs(rows), self._top), names),
            artists=first(plays_of_artists(rows), self._top),
            genres=first(plays_of_genres(rows), self._top),
            categories=first(plays_of_categories(rows, categories), self._top),
            requested=self._requested(connection, within),
            requesters=first(by_digits(stored.requesters(connection, self._server, within)), REQUESTERS),
            hours=first(by_hour(stored.quarters(connection, self._server, within), self._zone), 24),
            keeps=_places(keeps, names),
            loses=_places(loses, names),
        )

    def _drift(self, within: Span, now: int, connection: Connection) -> Drift:
        sums = stored.levels(connection, self._server, (now - PAST, now + AHEAD))
        start = stored.first_start(connection, self._server) if within is None else within[0]
        since = now - PAST if start is None else min(max(start, 0), now - PAST)
        return Drift(sums, offsets(self._zone, since, now + DAY))

    def _requested(self, connection: Connection, within: Span) -> tuple[SongPlace, ...]:
        counts = dict(stored.requested(connection, self._server, within, REFUSALS))
        places = first_songs({Named(song_id): number for song_id, number in counts.items()}, self._top)
        names = stored.names(connection, self._server, [song.song_id for song, _ in places])
        return _places(places, {Named(song_id): name for song_id, name in names.items()})


def newest_names(rows: Iterable[SongSum]) -> dict[Named, tuple[str, str]]:
    """Artist and title of each song at its newest play; of those without a time any."""
    in_order = sorted(rows, key=lambda row: (row.newest or 0, row.artist, row.title))
    return {named(row.song_id, row.artist, row.title): (row.artist, row.title) for row in in_order}


def plays_of_songs(rows: Iterable[SongSum]) -> Counter[Named]:
    """Plays by song, under whatever names it was played."""
    counts: Counter[Named] = Counter()
    for row in rows:
        counts[named(row.song_id, row.artist, row.title)] += row.plays
    return counts


def plays_of_artists(rows: Iterable[SongSum]) -> Counter[str]:
    """Plays by artist, where there is one."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.artist:
            counts[row.artist] += row.plays
    return counts


def plays_of_genres(rows: Iterable[SongSum]) -> Counter[str]:
    """Plays by genre."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.genre or UNKNOWN] += row.plays
    return counts


def plays_of_categories(rows: Iterable[SongSum], categories: Mapping[int, tuple[str, ...]]) -> Counter[str]:
    """Plays by category: a play counts once in each that its song is in."""
    counts: Counter[str] = Counter()
    for row in rows:
        for name in set(categories.get(row.song_id, ())):
            counts[name] += row.plays
    return counts


def changes(rows: Iterable[SongSum], least_plays: int) -> dict[Named, float]:
    """By song: listeners at its end beyond those to be expected, as a part of those at its start."""
    found: dict[Named, tuple[int, int, float]] = {}
    for row in rows:
        song = named(row.song_id, row.artist, row.title)
        heard, before, gained = found.get(song, (0, 0, 0.0))
        found[song] = heard + row.heard, before + row.before, gained + row.gained
    return {song: gained / before for song, (heard, before, gained) in found.items() if before and heard >= least_plays}


def by_digits(requests: Iterable[tuple[bytes, int]]) -> Counter[str]:
    """Requests by the first eight hex digits of who asked: what is shown is what is counted."""
    counts: Counter[str] = Counter()
    for requester, number in requests:
        counts[requester[:4].hex()] += number
    return counts


def by_hour(requests: Iterable[tuple[int, int]], zone: ZoneInfo) -> Counter[str]:
    """Requests by quarter-hour, counted by hour of the day."""
    counts: Counter[str] = Counter()
    for start, number in requests:
        counts[f"{datetime.fromtimestamp(start / 1000, zone).hour:02}"] += number
    return counts


def _places(values: Sequence[tuple[Named, float]], names: Mapping[Named, tuple[str, str]]) -> tuple[SongPlace, ...]:
    return tuple(SongPlace(song.song_id, *names.get(song, ("", "")), value) for song, value in values)
