"""Studios, each in the state that one alert of the music is about: at any moment before a test began, and after it.

Moments (`at`) are seconds since then, those before it negative. What the exporter would write of a studio is written by
the exporter's own code.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from exporter.errors import REASONS
from exporter.page import Block, Family, assemble, labels, sample
from exporter.polling import metrics as polling
from exporter.sam import metrics as sam
from exporter.sam.charts.charts import Rotation
from exporter.sam.families import FAMILIES as SAM_FAMILIES
from exporter.sam.log.outcomes import ACCEPTED, OUTCOMES, Waits
from exporter.sam.log.plays import KINDS
from exporter.sam.log.totals import Sum, totals
from exporter.sam.metrics import Live, Log, Track
from exporter.sam.reading import Queue, Song

FAMILIES = (*polling.FAMILIES, *SAM_FAMILIES)

HOURS_OF_QUEUE = Family("server:sam_queue_hours:avg1h", "gauge", "Recorded.", ("server",))
NEW_PLAYS = Family("server:sam_plays:increase1m", "gauge", "Recorded.", ("server", "songtype"))
NEW_SKIPS = Family("server:sam_skips:increase1m", "gauge", "Recorded.", ("server", "songtype"))

SONGS = (Song(1, "Marta Quill", "Tram"), Song(2, "Ada Ferrow", "Dust"), Song(3, "Jonas Vell", "Salt"))

SONG, FIRST_SONG = 600.0, -420.0
"""How long songs are, and since when one has been on the air: while a test runs no counter grows in a sound studio."""

STATION_ID, FIRST_STATION_ID = 1800.0, -1200.0

PAST = range(-4 * 3600, -360 + 1, 60)
"""The moments in the history. It ends farther back than Prometheus looks for what is so now: that it must scrape."""


class State(Struct, frozen=True):
    """A studio at a moment. `started`, `station_id`: moments; `songs`, `station_ids`: begun so far."""

    song: Song
    started: float
    songs: int
    station_id: float
    station_ids: int
    length: float = SONG
    queue: Queue = Queue(6, 3_600_000)
    skips: int = 0
    pending: int = 0
    resets: int = 0
    missing: frozenset[str] = frozenset()
    failures: int = 0
    up: bool = True


def sound(at: float, length: float = SONG, first: float = FIRST_SONG) -> State:
    """In perfect order: songs by turns, a station ID every half hour, an hour queued, nobody waits."""
    song, station_id = int((at - first) // length), int((at - FIRST_STATION_ID) // STATION_ID)
    return State(
        song=SONGS[song % len(SONGS)],
        started=first + song * length,
        songs=5000 + song,
        station_id=FIRST_STATION_ID + station_id * STATION_ID,
        station_ids=900 + station_id,
        length=length,
    )


def down(at: float) -> State:
    """The database went away while requests waited, just after its history had been reset."""
    if at < 0:
        return sound(at)
    return replace(sound(at), up=False, failures=1 + int(at / 5), pending=1, resets=1)


def stopped(at: float) -> State:
    """The last song ended seven minutes ago; nothing is queued; and there was no station ID for long."""
    state = without_station_id(min(at, FIRST_SONG - 1))
    return state if at < 0 else replace(state, queue=Queue(0, 0))


def empty(at: float) -> State:
    """Nothing is queued any more."""
    return sound(at) if at < 0 else replace(sound(at), queue=Queue(0, 0))


def short(at: float) -> State:
    """One item is queued, where an hour is usual."""
    return sound(at) if at < 0 else replace(sound(at), queue=Queue(1, 200_000))


def loop(at: float) -> State:
    """One song again and again."""
    return replace(sound(at, length=240, first=-100), song=SONGS[0])


def without_station_id(at: float) -> State:
    """The last one was 80 minutes ago."""
    last = sound(min(at, -4800))
    return replace(sound(at), station_id=last.station_id, station_ids=last.station_ids)


def waiting(at: float) -> State:
    """Two requests wait."""
    return sound(at) if at < 0 else replace(sound(at), pending=2)


def skipping(at: float) -> State:
    """Eight songs more than usual were begun within the hour, one every five minutes, and cut off at once."""
    skips = min(8, max(0, int((at + 3000) // 300)))
    return replace(sound(at), songs=sound(at).songs + skips, skips=skips)


def disrupted(at: float) -> State:
    """Its history was reset."""
    return sound(at) if at < 0 else replace(sound(at), resets=1)


def partial(at: float) -> State:
    """The table of requests is away."""
    return sound(at) if at < 0 else replace(sound(at), missing=frozenset({"requests"}))


SUBJECTS: dict[str, Callable[[float], State]] = {
    "SamDatabaseDown": down,
    "PlayoutStopped": stopped,
    "QueueEmpty": empty,
    "QueueShort": short,
    "SameTrackLoop": loop,
    "NoStationId": without_station_id,
    "RequestsUnanswered": waiting,
    "SkipsHigh": skipping,
    "SamHistoryDisrupted": disrupted,
    "SamPartMissing": partial,
}
"""Each alert's own studio."""


def name(subject: Callable[[float], State]) -> str:
    """A studio's label `server`."""
    return f"studio-{subject.__name__.replace('_', '-')}"


def page(began: float, at: float) -> str:
    """What the exporter shows of all studios. `began`: the Unix time of moment 0."""
    return assemble(FAMILIES, [_block(subject, began, at) for subject in _studios()], openmetrics=False)


def history(began: float, instance: str) -> str:
    """What Prometheus would have scraped and recorded until now, as OpenMetrics text."""
    moments = [(subject, at) for at in PAST for subject in _studios()]
    scraped = (_stamped(_block(subject, began, at), began + at) for subject, at in moments)
    text = assemble(FAMILIES, tuple(scraped), openmetrics=True)
    text = text.replace("{server=", f'{{job="radio-exporter",instance="{instance}",server=')
    known = [_stamped(_recorded(subject, at), began + at) for subject, at in moments]
    return text + assemble((HOURS_OF_QUEUE, NEW_PLAYS, NEW_SKIPS), known, openmetrics=True) + "# EOF\n"


def _studios() -> Iterable[Callable[[float], State]]:
    return (sound, *SUBJECTS.values())


def _stamped(block: Block, time: float) -> Block:
    return {family: lines.replace("\n", f" {time:.3f}\n") for family, lines in block.items()}


def _block(subject: Callable[[float], State], began: float, at: float) -> Block:
    state, server = subject(at), name(subject)
    failures = dict.fromkeys(REASONS, 0) | {"connection": state.failures}
    seen = began + (at if state.up else 0)
    target = polling.render("sam", server, up=state.up, duration=0.01, failures=failures, last_success=seen)
    return {**target, **sam.render(server, _log(state, began), _live(state, began) if state.up else None, 0)}


def _log(state: State, began: float) -> Log:
    aired = round(1000 * state.length)
    over = state.songs - state.skips - 1
    songs = Sum(
        plays=state.songs,
        aired=over * aired + state.skips * 2000,
        nominal=(over + state.skips) * aired,
        skips=state.skips,
        last_play=_milliseconds(began + state.started),
    )
    ids = Sum(state.station_ids, state.station_ids * 8000, state.station_ids * 8000, 0)
    ids = replace(ids, last_play=_milliseconds(began + state.station_id))
    return Log(
        totals=totals([("S", songs), ("I", ids)]),
        disruptions=dict.fromkeys(KINDS, 0) | {"reset": state.resets},
        requests=dict.fromkeys(OUTCOMES, 0) | {"played": 40, ACCEPTED: 40 + state.pending},
        pending=state.pending,
        waits=Waits((0, 10, 20, 10, 0, 0, 0, 0, 0, 0, 0), 20_000_000),
        rotation=Rotation(3, 3),
    )


def _live(state: State, began: float) -> Live:
    track = Track(state.song, "S", _milliseconds(began + state.started), _milliseconds(state.length), 17)
    return Live(track, state.queue, None, state.missing, behind=0)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _recorded(subject: Callable[[float], State], at: float) -> Block:
    """What the rules of sam-now.yml and sam-plays.yml would have made of it, as far as alerts ask for their past."""
    now, before, server = subject(at), subject(at - 60), name(subject)
    hours = sample(HOURS_OF_QUEUE, labels(server=server), now.queue.duration / 3_600_000)
    plays = {"S": now.songs - before.songs, "I": now.station_ids - before.station_ids}
    skips = {"S": now.skips - before.skips, "I": 0}
    return {
        HOURS_OF_QUEUE.name: hours,
        NEW_PLAYS.name: "".join(_by_type(NEW_PLAYS, server, plays)),
        NEW_SKIPS.name: "".join(_by_type(NEW_SKIPS, server, skips)),
    }


def _by_type(family: Family, server: str, numbers: dict[str, int]) -> Iterator[str]:
    return (sample(family, labels(server=server, songtype=kind), number) for kind, number in numbers.items())
