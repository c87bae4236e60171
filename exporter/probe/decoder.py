"""One ffmpeg that decodes one stream and says what it sounds like.

Loudness is measured after EBU R128 (`ebur128`; a mono stream as both speakers play it), levels and clipping by `astats`
on 16-bit samples, which is what most players make of a stream: what MP3 overshoots is cut off there as well. True peaks
are left out: they would double the cost. Half a second is printed at a time.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from exporter.probe.faults import Unheard
from exporter.probe.meter import MeterParser
from exporter.probe.reading import Measure

MOST_WAITING = 4 << 20
"""Bytes that may wait for ffmpeg: all that a connection holds when a server sends a burst, and the next piece."""

FRESH = 10.0
"""Seconds for which a measure stands: of what came afterwards nobody knows how it sounds."""

MUTE_AFTER = 60.0
"""Seconds without a measure after which ffmpeg is taken for hung; a stall of the stream is over sooner."""

# ebur128 cuts the sound into tenths of a second; five of them make a measure, and the fifth is printed.
FILTERS = ",".join(
    (
        "ebur128=metadata=1:dualmono=true",
        "aformat=sample_fmts=s16p",
        "astats=metadata=1:reset=5:measure_perchannel=Peak_level+RMS_level+Peak_count:measure_overall=Number_of_samples",
        r"aselect=eq(mod(n\,5)\,4)",
        "ametadata=mode=print:file=-:direct=1",
    )
)

# What a stream may be: nothing that would make ffmpeg open something else, such as a playlist.
FORMATS = "mp3,aac,ogg,flac,matroska,webm,mpegts,mov,wav"


def find() -> str | None:
    """Where ffmpeg is; None if it is not installed."""
    return shutil.which("ffmpeg")


def command(ffmpeg: str) -> list[str]:
    """The command line of ffmpeg: a stream on its standard input, measures on its standard output."""
    return [
        *_politely(), ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "quiet",
        "-protocol_whitelist", "pipe", "-format_whitelist", FORMATS,
        "-probesize", "32768", "-analyzeduration", "1000000", "-fflags", "nobuffer",
        "-threads", "1", "-i", "pipe:0",
        "-filter_threads", "1", "-map", "0:a:0", "-af", FILTERS, "-f", "null", "-",
    ]  # fmt: skip


def _politely() -> list[str]:
    """What lets everything else go first. The process stays the same: nice becomes ffmpeg."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


class Decoder:
    """A running ffmpeg. It ends when its standard input does, so it cannot outlive us however we end."""

    def __init__(self, process: asyncio.subprocess.Process, hear: Callable[[Measure], None]) -> None:
        self._process, self._hear = process, hear
        assert process.stdin is not None  # noqa: S101  asked for at its start
        assert process.stdout is not None  # noqa: S101
        self._input, self._output = process.stdin, process.stdout
        self._spoken = time.monotonic()
        self._listening = asyncio.create_task(self._listen(), name=f"ffmpeg {process.pid}")

    @classmethod
    async def start(cls, ffmpeg: str | None, hear: Callable[[Measure], None]) -> Self:
        """Start it; Unheard if it cannot be started."""
        if ffmpeg is None:
            raise Unheard("decoder", "ffmpeg is not installed, and `decode: always` asks for it")
        pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(*command(ffmpeg), stdin=pipe, stdout=pipe, stderr=nowhere)
        except OSError as error:
            raise Unheard("decoder", f"ffmpeg cannot be started ({error.strerror})") from error
        return cls(process, hear)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def speaks(self) -> bool:
        """Whether it has said lately what it hears, or was started only just now."""
        return time.monotonic() - self._spoken <= FRESH

    def feed(self, piece: bytes) -> None:
        """Hand it what has arrived; Unheard if it has ended or is stuck."""
        if self._listening.done():
            self._listening.result()  # a bug of ours shows here
            raise Unheard("decoder", "ffmpeg has ended: it cannot decode this stream, or was ended")
        self._input.write(piece)
        if self._input.transport.get_write_buffer_size() > MOST_WAITING:
            raise Unheard("decoder", "ffmpeg does not keep up: this machine has too little processor time")
        if time.monotonic() - self._spoken > MUTE_AFTER:
            raise Unheard("decoder", "ffmpeg says nothing of what it is given: it may be no sound")

    async def close(self) -> None:
        """End it and wait until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        self._listening.cancel()
        gone = asyncio.gather(self._process.wait(), self._listening, return_exceptions=True)
        try:
            await asyncio.shield(gone)
        except asyncio.CancelledError:  # we are stopped in the middle of this: it takes a moment only
            await gone
            raise

    async def _listen(self) -> None:
        parser = MeterParser()
        while said := await self._output.read(65536):
            for measure in parser.feed(said):
                self._spoken = time.monotonic()  # words that mean nothing are no news
                self._hear(measure)
