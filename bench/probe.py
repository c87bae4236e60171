"""How many streams the listening probe carries per core.

The probes run in this process; counted are its processor time and that of every ffmpeg, over a time in which nobody
connects. The limit: what the same ffmpeg takes for a second of the same sound when it is handed a whole file.
"""

import asyncio
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil
from prometheus_client import CollectorRegistry

from bench.errors import BenchError
from bench.figures import mb, ms, verdict
from bench.process import LOOPBACK, Program, free_port, processor_seconds, running
from bench.progress import say
from bench.table import table
from exporter.config.schema_probe import IcecastProbe
from exporter.polling.supervise import Supervisor
from exporter.probe import decoder
from exporter.probe.probes import Probes
from exporter.probe.wanted import ProbedServer

STREAMS = 20
SETTLED, LASTS = 8.0, 20.0
"""Seconds after which everybody is connected and every burst decoded; and for how long is counted from then on."""

LENGTH = 60
"""Seconds of sound that are sent again and again."""

LEAST = 100
"""Streams that one core must carry: more than any station has, and a hundredth of a core for one of them."""

# Stereo at a music's level: two chords and some noise.
SOUND = (
    "aevalsrc=0.1*sin(2*PI*220*t)+0.1*sin(2*PI*277.18*t)+0.1*random(0)-0.05"
    f"|0.1*sin(2*PI*329.63*t)+0.1*random(1)-0.05:s=44100:d={LENGTH}"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one stream, on average: processor seconds per second, ours and ffmpeg's; bytes that its ffmpeg alone holds."""

    ours: float
    ffmpeg: float
    memory: int

    @property
    def per_core(self) -> float:
        """How many such streams one core carries."""
        return 1 / (self.ours + self.ffmpeg)


@dataclass(frozen=True, slots=True)
class Probed:
    """The cost with ffmpeg and without it, and processor seconds of ffmpeg alone for a second of sound."""

    decoded: Cost
    counted: Cost
    bare: float


def run(folder: Path) -> Probed:
    """Measure it."""
    ffmpeg = decoder.find()
    if ffmpeg is None:
        raise BenchError("ffmpeg is not installed")
    say(f"probe: {STREAMS} streams, {2 * (SETTLED + LASTS):.0f} s")
    file = folder / "stream.mp3"
    make = [ffmpeg, "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", SOUND]
    subprocess.run([*make, "-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", file], check=True)
    port = free_port()
    server = Program("broadcast", [sys.executable, "-m", "bench.broadcast", str(port), str(file)], folder, {})
    with running(server, lambda: _listens(port)):
        url = f"http://{LOOPBACK}:{port}"
        decoded, counted = asyncio.run(_cost(url, "always")), asyncio.run(_cost(url, "never"))
    return Probed(decoded, counted, _bare(ffmpeg, file))


def report(found: Probed) -> str:
    """The whole result."""
    rows = [
        ("with ffmpeg: loudness, silence, clipping", *_row(found.decoded), mb(found.decoded.memory)),
        ("bytes alone (`decode: never`)", *_row(found.counted), ""),
        ("the limit: ffmpeg alone, on a file", "", ms(found.bare), f"{1 / found.bare:.0f}", ""),
    ]
    head = f"The listening probe, {STREAMS} streams of MP3 at 128 kbit/s: processor time per second of each."
    columns = ("", "ours", "ffmpeg", "streams per core", "memory of one ffmpeg")
    per_core = found.decoded.per_core
    aim = ("streams per core, with ffmpeg", f">= {LEAST}", f"{per_core:.0f}", verdict(per_core >= LEAST))
    return "\n\n".join((head, table(columns, rows), "Aims", table(("", "aim", "measured", ""), [aim], left=4)))


def _row(cost: Cost) -> tuple[str, str, str]:
    return ms(cost.ours), ms(cost.ffmpeg), f"{cost.per_core:.0f}"


def _listens(port: int) -> bool:
    with socket.create_connection((LOOPBACK, port), 1):
        return True


async def _cost(url: str, mode: Literal["always", "never"]) -> Cost:
    """Listen to all streams, and count."""
    settings = IcecastProbe(mounts=tuple(f"/{number}.mp3" for number in range(STREAMS)), decode=mode)
    supervisor = Supervisor(CollectorRegistry())
    probes = Probes(supervisor, lambda: [ProbedServer("bench", url, settings)], lambda _: ())
    supervisor.start("probes", probes.run)
    try:
        await asyncio.sleep(SETTLED)
        before, began = _processor_seconds(), time.monotonic()
        while time.monotonic() < began + LASTS:
            await asyncio.sleep(5)
            block = probes.block()  # as a scrape does
        after, passed = _processor_seconds(), time.monotonic() - began
        _check(block, settings)
        ours, ffmpeg = ((later - sooner) / passed / STREAMS for later, sooner in zip(after, before, strict=True))
        return Cost(ours, ffmpeg, _unshared())
    finally:
        await supervisor.stop()


def _check(block: Mapping[str, str], settings: IcecastProbe) -> None:
    name = "radio_probe_up" if settings.decode == "never" else "radio_probe_decoding"
    heard = block.get(name, "").count("} 1\n")
    if heard != STREAMS:
        raise BenchError(f"of {STREAMS} streams the probes heard {heard}")


def _decoders() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.name() == "ffmpeg"]


def _processor_seconds() -> tuple[float, float]:
    """Ours, and that of every ffmpeg together."""
    return time.process_time(), sum(processor_seconds(child.pid) for child in _decoders())


def _unshared() -> int:
    """Memory of one ffmpeg that is its alone, on average."""
    sizes = [child.memory_full_info().uss for child in _decoders()]
    return sum(sizes) // len(sizes) if sizes else 0


def _bare(ffmpeg: str, file: Path) -> float:
    before = _of_children()
    with file.open("rb") as stream:
        subprocess.run(decoder.command(ffmpeg), stdin=stream, stdout=subprocess.DEVNULL, check=True)
    return (_of_children() - before) / LENGTH


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
