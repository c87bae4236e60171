"""Families of the audience: the tallies as sample lines. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exporter.audience.facts import QUARTER
from exporter.audience.families import (
    CITY_ACTIVE,
    CLAMPED,
    COUNTERS,
    DURATION,
    GEOIP_BUILT,
    LAST_FACT,
    LISTENS_DROPPED,
    OF_CHANNEL,
    ONE_BY_ONE,
    QUALIFIED,
    QUARTER_HOUR,
    REJECTED,
    RETENTION_LAG,
    SESSIONS_ACTIVE,
    STATION_QUALIFIED,
    STATION_QUARTER,
    STATION_UNIQUE,
    STORE_BYTES,
    STORE_ROWS,
    STORE_UP,
    UNIQUE,
    UTC_OFFSET,
    Counted,
)
from exporter.audience.people import STATION, WINDOWS, Uniques
from exporter.audience.tallies import DURATION_BUCKETS, City, Present, Tallies
from exporter.bounded import OTHER, SERIES_DROPPED
from exporter.page import Block, Family, labels, sample

MOST_CITIES = 200


@dataclass(frozen=True, slots=True)
class Distinct:
    """Distinct listeners: by window all and the qualified of them, and the qualified of the last quarter-hour."""

    windows: Mapping[str, tuple[int, int]]
    quarter: int


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How much the store holds: rows by table, bytes, and seconds beyond retention by table."""

    rows: Mapping[str, int]
    size: int
    lag: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class State:
    """Everything the samples are made of. `tallies` is None until the store was read.

    Until then they would be smaller than before the start, which for a counter means that it began anew.
    """

    tallies: Tallies | None
    min_cell: int
    unique: Mapping[str, Distinct]
    rejections: Mapping[tuple[str, str], int]
    clamps: Mapping[str, int]
    listens_dropped: int
    store_up: bool
    store_size: StoreSize | None
    geoip_built: float | None
    dropped: Mapping[str, int]
    utc_offset: float


def distinct(uniques: Uniques, channel: str, now: int) -> Distinct:
    """Count a channel's distinct listeners; '' is the station."""
    last = now - now % QUARTER - QUARTER
    return Distinct({window: uniques.count(channel, window, now) for window in WINDOWS}, uniques.quarter(channel, last))


def render(state: State) -> Block:
    """The audience's samples."""
    lines: defaultdict[str, list[str]] = defaultdict(list)

    def put(family: Family, value: float, *values: str) -> None:
        label_set = labels(**dict(zip(family.labels, values, strict=True))) if values else ""
        lines[family.name].append(sample(family, label_set, value))

    of_channels: dict[str, str] = {}
    if (tallies := state.tallies) is not None:
        values = tallies.counters.all()
        for sender in {key[1] for key in values if key[0] == "facts"}:
            values.setdefault(("duplicates", sender), 0)  # so that the first repetition is a step
        label_sets = {channel: labels(server=channel[0], channel=channel[1]) for channel in tallies.channels()}
        _counters(values, put)
        _present(tallies.present, state.min_cell, put)
        _distinct(state.unique, put)
        _durations(values, label_sets, lines[DURATION.name])
        of_channels = _of_channels(tallies, values, label_sets)
    put(UTC_OFFSET, state.utc_offset)
    _ingest(state, put)
    _store(state, put)
    return {**{name: "".join(some) for name, some in lines.items() if some}, **of_channels}


Put = Callable[..., None]
Values = Mapping[tuple[str, ...], int]
Channel = tuple[str, str]
"""Server and channel."""

_SINGLY = {counted.name: counted for counted in COUNTERS if counted not in OF_CHANNEL}


def _counters(values: Values, put: Put) -> None:
    for (name, *of), value in sorted(item for item in values.items() if item[0][0] in _SINGLY):
        put(_SINGLY[name].family, _scaled(_SINGLY[name], value), *of)
    for (_, sender), at in sorted(item for item in values.items() if item[0][0] == "last_fact"):
        put(LAST_FACT, at / 1000, sender)


def _of_channels(tallies: Tallies, values: Values, label_sets: Mapping[Channel, str]) -> dict[str, str]:
    """The families with a value for every channel: most of the page, so it takes the short way."""
    active, name = tallies.present.channels, SESSIONS_ACTIVE.name
    rendered = {name: "".join(f"{name}{label_set} {active[whose]}\n" for whose, label_set in label_sets.items())}
    for counted in OF_CHANNEL:
        if tallies.returning or counted.name not in ("listeners_new", "listeners_returning"):
            tally, name = counted.name, counted.family.name
            rendered[name] = "".join(
                f"{name}{label_set} {_scaled(counted, values.get((tally, *whose), 0))}\n"
                for whose, label_set in label_sets.items()
            )
    return {name: text for name, text in rendered.items() if text}


def _scaled(counted: Counted, value: int) -> float:
    return value / counted.scale if counted.scale > 1 else value


def _present(present: Present, min_cell: int, put: Put) -> None:
    for name, family in ONE_BY_ONE.items():
        for value, number in sorted(present.by[name].items()):
            put(family, number, value)
    for (country, city, latitude, longitude), number in cities(present, min_cell):
        put(CITY_ACTIVE, number, country, city, _degrees(latitude), _degrees(longitude))


def cities(present: Present, min_cell: int) -> list[tuple[City, int]]:
    """Cities with enough listeners, at most MOST_CITIES of them; the others of each country together, nowhere."""
    shown: list[tuple[City, int]] = []
    others: Counter[str] = Counter()
    for cell, number in sorted(present.cities.items(), key=lambda pair: (-pair[1], str(pair[0]))):
        if number <= 0:
            continue
        if cell[1] and number >= min_cell and len(shown) < MOST_CITIES:
            shown.append((cell, number))
        else:
            others[cell[0]] += number
    return [*shown, *(((country, OTHER, None, None), number) for country, number in sorted(others.items()))]


def _degrees(value: float | None) -> str:
    return "" if value is None else str(value)


def _distinct(unique: Mapping[str, Distinct], put: Put) -> None:
    for channel, found in unique.items():
        of_channel = () if channel == STATION else (channel,)
        everyone, qualified, quarter = (
            (UNIQUE, QUALIFIED, QUARTER_HOUR) if of_channel else (STATION_UNIQUE, STATION_QUALIFIED, STATION_QUARTER)
        )
        for window, (number, of_them) in found.windows.items():
            put(everyone, number, *of_channel, window)
            put(qualified, of_them, *of_channel, window)
        put(quarter, found.quarter, *of_channel)


def _durations(values: Values, label_sets: Mapping[Channel, str], lines: list[str]) -> None:
    """A histogram for each channel that somebody has left; its buckets hold everything up to their bound."""
    for whose, label_set in label_sets.items():
        if (total := values.get(("duration_sum", *whose))) is None:
            continue
        number = 0
        for bound in (*DURATION_BUCKETS, 0):
            number += values.get(("duration_bucket", *whose, str(bound)), 0)
            at_most = f'{label_set[:-1]},le="{float(bound) if bound else "+Inf"}"}}'
            lines.append(f"{DURATION.name}_bucket{at_most} {number}\n")
        lines.append(f"{DURATION.name}_count{label_set} {number}\n{DURATION.name}_sum{label_set} {total / 1000}\n")


def _ingest(state: State, put: Put) -> None:
    for sender, number in sorted(state.clamps.items()):
        put(CLAMPED, number, sender)
    for (sender, reason), number in sorted(state.rejections.items()):
        put(REJECTED, number, sender, reason)
    put(LISTENS_DROPPED, state.listens_dropped)


def _store(state: State, put: Put) -> None:
    put(STORE_UP, int(state.store_up))
    if state.store_size is not None:
        for table, rows in state.store_size.rows.items():
            put(STORE_ROWS, rows, table)
        put(STORE_BYTES, state.store_size.size)
        for table, lag in state.store_size.lag.items():
            put(RETENTION_LAG, lag, table)
    if state.geoip_built is not None:
        put(GEOIP_BUILT, state.geoip_built)
    for kind, number in state.dropped.items():
        put(SERIES_DROPPED, number, kind)


def active(present: Present, min_cell: int) -> dict[str, list[dict[str, Any]]]:
    """The sessions of the moment by every dimension."""
    listed: dict[str, list[dict[str, Any]]] = {
        "channel": [
            {"server": server, "channel": channel, "sessions": number}
            for (server, channel), number in sorted(present.channels.items())
            if number
        ],
        "city": [
            {"country": country, "city": city, "latitude": latitude, "longitude": longitude, "sessions": number}
            for (country, city, latitude, longitude), number in cities(present, min_cell)
        ],
    }
    for name, counter in present.by.items():
        listed[name] = list(_most_first(name, counter))
    return listed


def _most_first(name: str, counter: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    ordered: Iterable[tuple[str, int]] = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return ({name: value, "sessions": number} for value, number in ordered if number)
