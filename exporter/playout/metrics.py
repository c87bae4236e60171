"""Families of playout engines: readings as sample lines. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from exporter.bounded import SERIES_DROPPED
from exporter.errors import Reason
from exporter.page import Block, Family, labels, sample
from exporter.playout import families as f
from exporter.playout.reading import Key, Reading


class Counts(Struct, frozen=True):
    """What was counted of an engine since the start.

    Attributes:
        mended: values and rows that could not be.
        failures: looks without a report; None where nobody looks, for the engine pushes.
    """

    mended: int = 0
    failures: Mapping[Reason, int] | None = None


def render(known: Iterable[tuple[Reading, Counts]], dropped: Mapping[str, int]) -> Block:
    """The block of all engines. `dropped` = values of decks and of encoders that there was no room for."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for reading, counts in known:
        for family, label_set, value in (*_reading(reading), *_counts(reading.engine, counts)):
            lines[family.name].append(sample(family, label_set, value))
    for kind, number in dropped.items():
        lines[SERIES_DROPPED.name].append(sample(SERIES_DROPPED, labels(family=kind), number))
    return {name: "".join(some) for name, some in lines.items()}


def _reading(reading: Reading) -> Iterator[tuple[Family, str, float]]:
    engine = labels(engine=reading.engine)
    yield f.UP, engine, int(reading.up)
    if reading.at is not None:
        yield f.REPORTED, engine, reading.at / 1000
    for key, value in reading.values.items():
        yield f.BY_FIELD[key.field], _labels(reading.engine, key), _plain(value)
    for deck, fill in reading.lowest.items():
        yield f.LOWEST, labels(engine=reading.engine, deck=deck), fill
    for encoder, ratio in reading.spread.items():
        yield f.SPREAD, labels(engine=reading.engine, encoder=encoder), round(ratio, 6)


def _labels(engine: str, key: Key) -> str:
    if not key.name:
        return labels(engine=engine)
    return labels(engine=engine, **{"deck" if key.field.startswith("deck") else "encoder": key.name})


def _counts(engine: str, counts: Counts) -> Iterator[tuple[Family, str, float]]:
    yield f.MENDED, labels(engine=engine), counts.mended
    for reason, number in (counts.failures or {}).items():
        yield f.FAILURES, labels(engine=engine, reason=reason), number


def _plain(value: float) -> float:
    """Whole numbers without a point."""
    return int(value) if value.is_integer() else value
