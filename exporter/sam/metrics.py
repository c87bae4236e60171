"""Families of SAM's database: what a studio is known to do as sample lines. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from exporter.page import Block, Family, labels, sample
from exporter.sam import families as f
from exporter.sam.charts.charts import ChartSet, Rotation
from exporter.sam.charts.ranking import Place, SongPlace
from exporter.sam.log.outcomes import WAIT_BUCKETS, Waits
from exporter.sam.log.totals import Sum
from exporter.sam.reading import PARTS, Library, Queue, Song

Samples = Iterator[tuple[Family, float, dict[str, str]]]
"""Family, value, labels beside `server`."""


class Track(Struct, frozen=True):
    """What is on the air. `started` in milliseconds of Unix time, `duration` in milliseconds."""

    song: Song
    songtype: str
    started: int
    duration: int
    listeners: int | None


class Log(Struct, frozen=True):
    """What the store knows of a studio: it stays true while the playout's database cannot be read."""

    totals: Mapping[str, Sum]
    disruptions: Mapping[str, int]
    requests: Mapping[str, int]
    pending: int
    waits: Waits
    rotation: Rotation | None = None


class Live(Struct, frozen=True):
    """What one poll says. `behind` = rows of the history that are not in the log yet."""

    track: Track | None
    queue: Queue | None
    library: Library | None
    missing: frozenset[str]
    behind: int


def render(server: str, log: Log | None, live: Live | None, warnings: int) -> Block:
    """The block without the charts; a part that is not known has no samples."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for family, value, more in _samples(log, live):
        lines[family.name].append(sample(family, labels(server=server, **more), value))
    lines[f.PARSE_WARNINGS.name].append(sample(f.PARSE_WARNINGS, labels(server=server), warnings))
    if log is not None:
        lines[f.REQUEST_WAIT.name] = list(_waits(server, log.waits))
    return _joined(lines)


def render_charts(server: str, charts: ChartSet) -> Block:
    """The block of one window's charts."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for family, value, more in _charts(charts):
        lines[family.name].append(sample(family, labels(server=server, window=charts.window, **more), value))
    return _joined(lines)


def together(blocks: Iterable[Block]) -> Block:
    """One block of several, the samples of a family side by side."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for block in blocks:
        for name, text in block.items():
            lines[name].append(text)
    return _joined(lines)


def _joined(lines: Mapping[str, list[str]]) -> Block:
    return {name: "".join(some) for name, some in lines.items() if some}


def _samples(log: Log | None, live: Live | None) -> Samples:
    if log is not None:
        yield from _plays(log)
        yield from _requests(log)
    if live is not None:
        yield from _live(live)
        if live.track is not None:
            yield from _track(live.track)
        if live.library is not None:
            yield from _library(live.library)


def _plays(log: Log) -> Samples:
    for songtype, total in log.totals.items():
        of_type = {"songtype": songtype}
        yield f.PLAYS, total.plays, of_type
        yield f.AIRED, total.aired / 1000, of_type
        yield f.NOMINAL, total.nominal / 1000, of_type
        yield f.SKIPS, total.skips, of_type
        if total.last_play is not None:
            yield f.LAST_PLAY, total.last_play / 1000, of_type
    for kind, number in log.disruptions.items():
        yield f.DISRUPTIONS, number, {"kind": kind}
    if log.rotation is not None:
        yield f.ROTATION_SONGS, log.rotation.songs, {}
        yield f.ROTATION_ARTISTS, log.rotation.artists, {}


def _requests(log: Log) -> Samples:
    for outcome, number in log.requests.items():
        yield f.REQUESTS, number, {"outcome": outcome}
    yield f.REQUESTS_PENDING, log.pending, {}


def _waits(server: str, waits: Waits) -> Iterator[str]:
    name, number, labelled = f.REQUEST_WAIT.name, 0, labels(server=server)
    for bound, counted in zip((*WAIT_BUCKETS, None), waits.counts, strict=True):
        number += counted
        at_most = labels(server=server, le="+Inf" if bound is None else str(float(bound)))
        yield f"{name}_bucket{at_most} {number}\n"
    yield f"{name}_count{labelled} {number}\n{name}_sum{labelled} {waits.total / 1000}\n"


def _live(live: Live) -> Samples:
    if live.queue is not None:
        yield f.QUEUE_ITEMS, live.queue.items, {}
        yield f.QUEUE_DURATION, live.queue.duration / 1000, {}
    yield f.BEHIND, live.behind, {}
    for part in PARTS:
        yield f.PART_AVAILABLE, int(part not in live.missing), {"part": part}


def _track(track: Track) -> Samples:
    song = track.song
    yield f.TRACK_INFO, 1, {**_named(song.song_id, song.artist, song.title), "songtype": track.songtype}
    yield f.TRACK_STARTED, track.started / 1000, {}
    if track.duration:
        yield f.TRACK_DURATION, track.duration / 1000, {}
    if track.listeners is not None:
        yield f.TRACK_LISTENERS, track.listeners, {}


def _library(library: Library) -> Samples:
    for songtype, number in sorted(library.items.items()):
        yield f.LIBRARY_ITEMS, number, {"songtype": songtype}
    yield f.LIBRARY_UNPLAYED, library.unplayed, {}


def _charts(charts: ChartSet) -> Samples:
    yield from _songs(f.SONG_PLAYS, charts.songs)
    yield from _places(f.ARTIST_PLAYS, "artist", charts.artists)
    yield from _places(f.GENRE_PLAYS, "genre", charts.genres)
    yield from _places(f.CATEGORY_PLAYS, "category", charts.categories)
    yield from _songs(f.SONG_REQUESTS, charts.requested)
    yield from _places(f.REQUESTER_REQUESTS, "requester", charts.requesters)
    yield from _places(f.HOUR_REQUESTS, "hour", charts.hours)
    yield from _songs(f.AUDIENCE_CHANGE, (*charts.keeps, *charts.loses))
    yield f.CHARTS_UPDATED, charts.at / 1000, {}


def _songs(family: Family, places: Iterable[SongPlace]) -> Samples:
    return ((family, place.value, _named(place.song_id, place.artist, place.title)) for place in places)


def _places(family: Family, label: str, places: Iterable[Place]) -> Samples:
    return ((family, place.count, {label: place.name}) for place in places)


def _named(song_id: int, artist: str, title: str) -> dict[str, str]:
    return {"song_id": str(song_id), "artist": artist, "title": title}
