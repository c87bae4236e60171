"""What goes wrong with the sound of a real source, as a real probe hears it, and that it is over when it is said to be."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

import pytest

from demo import channel, sound_mishaps
from demo.channel import Channel
from demo.icecast import icecast
from demo.programme import FEEDS, JAZZ, MOUNTS, STUDIO
from demo.sound_mishaps import SCRIPT, programme
from demo.sources import Source
from exporter.config.schema_probe import IcecastProbe
from exporter.polling.resolve import Resolver
from exporter.probe import ear, hearing, probe
from exporter.probe.probe import Probe
from exporter.probe.wanted import Stream
from tests.probe.station import until
from tests.services import need

FEED = {feed.mount: feed for feed in FEEDS}


def test_silence_is_every_second_one_and_each_comes_again():
    coming = list(islice(programme(), 2 * len(SCRIPT)))
    assert set(coming) == set(SCRIPT)
    assert coming[::2] == [sound_mishaps.silence] * len(SCRIPT)


@dataclass
class Room:
    """A stage with two mounts, and somebody who listens to one of them."""

    channels: dict[str, Channel]
    probes: dict[str, Probe]

    def channel(self, mount):
        return self.channels[mount]


@asynccontextmanager
async def room(folder, *mounts):
    async with icecast(folder / "icecast", mounts=MOUNTS) as server:
        channels = {
            mount: Channel(
                Source(FEED[mount], server.host, server.port, server.passwords.source, folder / "source.log"), print
            )
            for mount in mounts
        }
        probes = {
            mount: Probe(Stream("main", mount, server.url, (mount,), IcecastProbe()), Resolver()) for mount in mounts
        }
        tasks = [asyncio.create_task(one.run()) for one in channels.values()]
        try:
            for one in channels.values():
                await one.on_air.wait()
            tasks += [asyncio.create_task(one.run()) for one in probes.values()]
            yield Room(channels, probes)
        finally:
            for task in reversed(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.integration
@pytest.mark.waits
async def test_every_mishap_is_heard_and_over_when_it_is_said_to_be(tmp_path, monkeypatch):
    need("icecast2", "ffmpeg")
    for name in ("SILENT", "ONE_SIDED", "TOO_LOUD", "FOREIGN"):
        monkeypatch.setattr(sound_mishaps, name, 60)
    monkeypatch.setattr(ear, "DEAD_AFTER", 1.0)
    monkeypatch.setattr(channel, "RETRY", 0.1)
    monkeypatch.setattr(hearing, "FIRST_PAUSE", 0.3)
    monkeypatch.setattr(probe, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(probe, "LONGEST_JITTER", 0.0)
    async with room(tmp_path, JAZZ, STUDIO) as at, asyncio.TaskGroup() as both:
        both.create_task(desk(at))
        both.create_task(codec(at))


async def desk(at):
    jazz = at.probes[JAZZ]
    await sound(jazz, lambda sound: sound.silence == 0 and sound.dead == (False, False) and sound.peak < 0.5)
    await mishap(at, sound_mishaps.silence, sound(jazz, lambda sound: sound.silence >= 1))
    await sound(jazz, lambda sound: sound.silence == 0)
    await mishap(at, sound_mishaps.dead_channel, sound(jazz, lambda sound: sound.dead == (True, False)))
    await sound(jazz, lambda sound: sound.dead == (False, False))
    before = jazz.reading()
    await mishap(at, sound_mishaps.overdrive, until(jazz, lambda reading: reading.clipped > before.clipped, 10))
    await sound(jazz, lambda sound: sound.momentary < -15)
    assert jazz.reading().connections == before.connections == 1


async def codec(at):
    studio = at.probes[STUDIO]
    await until(studio, lambda reading: reading.decoding, 15)
    foreign = until(studio, lambda reading: reading.up and reading.decoding is False, 15)
    await mishap(at, sound_mishaps.foreign_codec, foreign)
    await until(studio, lambda reading: reading.decoding, 15)


async def sound(listener, holds):
    """What is heard, once it is so."""
    await until(listener, lambda reading: reading.sound is not None and holds(reading.sound), 10)


async def mishap(at, what, heard):
    """Let it happen until it is heard, and end it then."""
    happening = asyncio.create_task(what(at, print))
    await heard
    happening.cancel()
    await asyncio.gather(happening, return_exceptions=True)
