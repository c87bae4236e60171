"""Readings of the listening probes as sample lines. No I/O."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from exporter.page import Block, Family, labels, sample
from exporter.probe import families
from exporter.probe.reading import ProbeReading, Sound

Value = tuple[Family, dict[str, str], float]
"""A family, the labels beside server and mount, and the value."""


def render(readings: Collection[ProbeReading], left: Collection[tuple[str, str]] = ()) -> Block:
    """The block of all probes. What cannot be heard has no series.

    `left` = server and mount of those that have ended, and are still counted as listeners.
    """
    lines: defaultdict[str, list[str]] = defaultdict(list)
    counted = {(reading.server, reading.mount): reading.counted for reading in readings} | dict.fromkeys(left, True)
    for (server, mount), is_counted in counted.items():
        lines[families.COUNTED.name].append(
            sample(families.COUNTED, labels(server=server, mount=mount), int(is_counted))
        )
    for reading in readings:
        for family, own, value in _values(reading):
            label_set = labels(server=reading.server, mount=reading.mount, **own)
            lines[family.name].append(sample(family, label_set, value))
    return {name: "".join(of_family) for name, of_family in lines.items()}


def _values(reading: ProbeReading) -> Iterator[Value]:
    yield families.UP, {}, int(reading.up)
    yield families.RECEIVED, {}, reading.received
    yield families.STALLS, {}, reading.stalls
    yield families.CONNECTIONS, {}, reading.connections
    yield from ((families.FAILURES, {"reason": str(reason)}, count) for reason, count in reading.failures.items())
    yield families.SAMPLES, {}, reading.samples
    yield families.CLIPPED, {}, reading.clipped
    if reading.up:
        yield from _connected(reading)
    if reading.sound is not None:
        yield from _heard(reading.sound)


def _connected(reading: ProbeReading) -> Iterator[Value]:
    if reading.first_byte is not None:
        yield families.FIRST_BYTE, {}, round(reading.first_byte, 6)
    if reading.nominal is not None:
        yield families.NOMINAL, {}, reading.nominal
    if reading.decoding is not None:
        yield families.DECODING, {}, int(reading.decoding)


def _heard(sound: Sound) -> Iterator[Value]:
    yield families.LOUDNESS, {"window": "momentary"}, sound.momentary
    if sound.short_term is not None:
        yield families.LOUDNESS, {"window": "short_term"}, sound.short_term
    yield families.PEAK, {}, round(sound.peak, 6)
    yield families.SILENCE, {}, sound.silence
    for channel, dead in zip(("left", "right"), sound.dead or (), strict=False):
        yield families.CHANNEL_SILENT, {"channel": channel}, int(dead)
