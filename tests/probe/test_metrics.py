"""The series of a probe: what is heard is there, what is not heard is not."""

import msgspec

from exporter.page import assemble
from exporter.probe.families import FAMILIES
from exporter.probe.faults import REASONS
from exporter.probe.metrics import render
from exporter.probe.reading import ProbeReading, Sound
from tests.running import Scrape

LIVE = {"server": "main", "mount": '/l"ive.mp3'}
HEARD = ProbeReading(
    **LIVE,
    up=True,
    counted=True,
    first_byte=0.0123456789,
    nominal=16000.0,
    received=12345,
    stalls=1,
    connections=2,
    failures=dict.fromkeys(REASONS, 3),
    decoding=True,
    samples=88200,
    clipped=7,
    sound=Sound(-20.1, -21.2, 0.5, 0.0, (False, True)),
)


def page(*readings, left=()):
    return Scrape(assemble(FAMILIES, [render(readings, left)], openmetrics=False))


def test_every_family_is_shown_and_named():
    found = page(HEARD)
    assert found.names() == {family.name for family in FAMILIES}
    assert found.get("radio_probe_loudness_lufs", **LIVE, window="short_term") == -21.2
    assert found.get("radio_probe_silence_seconds", **LIVE) == 0
    assert found.get("radio_probe_channel_silent", **LIVE, channel="left") == 0
    assert found.get("radio_probe_channel_silent", **LIVE, channel="right") == 1
    assert found.get("radio_probe_failures_total", **LIVE, reason="stalled") == 3
    for family in FAMILIES:
        assert set(found.labels(family.name)[0]) == set(family.labels)


def test_while_nothing_arrives_nothing_is_said_of_the_sound():
    away = msgspec.structs.replace(HEARD, up=False, decoding=None, sound=None)
    found = page(away)
    assert found.get("radio_probe_up", **LIVE) == 0
    gauges = {family.name for family in FAMILIES if family.kind == "gauge"}
    assert found.names() & gauges == {"radio_probe_up", "radio_probe_listening"}


def test_a_mono_stream_in_its_first_seconds():
    found = page(msgspec.structs.replace(HEARD, sound=Sound(-20.0, None, 0.5, 0.5, None)))
    assert found.labels("radio_probe_channel_silent") == []
    assert found.labels("radio_probe_loudness_lufs") == [{**LIVE, "window": "momentary"}]


def test_one_that_has_ended_is_a_listener_still_and_nothing_else():
    found = page(left={("main", "/gone.mp3")})
    assert found.names() == {"radio_probe_listening"}
    assert found.get("radio_probe_listening", server="main", mount="/gone.mp3") == 1


def test_one_whose_place_another_has_taken_is_one_listener():
    new = msgspec.structs.replace(HEARD, counted=False)
    assert page(new).get("radio_probe_listening", **LIVE) == 0
    found = page(new, left={(new.server, new.mount)})
    assert found.get("radio_probe_listening", **LIVE) == 1
    assert found.get("radio_probe_up", **LIVE) == 1
