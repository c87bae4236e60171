"""Keeps an ffmpeg beside a connection: starts it, and after a failure waits longer each time before the next."""

import logging
import time

from exporter.config.schema_probe import ListenProbe
from exporter.probe import decoder
from exporter.probe.decoder import Decoder
from exporter.probe.ear import Ear
from exporter.probe.faults import Unheard
from exporter.probe.reading import Measure, Sound

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds from a failure of ffmpeg to the next attempt: doubled with every failure in a row."""


class Hearing:
    """The sound of one stream. `samples`, `clipped` and `failures` are totals over all its connections."""

    def __init__(self, settings: ListenProbe, stream: str) -> None:
        self._settings, self._stream = settings, stream
        self._decoder: Decoder | None = None
        self._ear = Ear(settings.silence_below)
        self._wanted = False
        self._pause = FIRST_PAUSE
        self._again = self._begun = 0.0
        self.samples = self.clipped = self.failures = 0

    @property
    def decoding(self) -> bool | None:
        """Whether ffmpeg says what it hears; None where that is not wanted."""
        return self.sound() is not None if self._wanted else None

    @property
    def due(self) -> bool:
        """It has failed long enough ago. It needs a new connection: some streams say what they are only once."""
        return self._wanted and self._decoder is None and time.monotonic() >= self._again

    def sound(self) -> Sound | None:
        """What is heard by now."""
        return self._ear.sound() if self._decoder and self._decoder.speaks else None

    async def begin(self) -> None:
        """A connection begins."""
        ffmpeg = None if self._settings.decode == "never" else decoder.find()
        self._wanted = ffmpeg is not None or self._settings.decode == "always"
        if not self.due:
            return
        self._begun = time.monotonic()
        self._ear = Ear(self._settings.silence_below)
        try:
            self._decoder = await Decoder.start(ffmpeg, self._hear)
        except Unheard as fault:
            self._failed(fault)

    async def feed(self, piece: bytes) -> None:
        """Something has arrived."""
        if self._decoder is None:
            return
        try:
            self._decoder.feed(piece)
        except Unheard as fault:
            await self.end()
            self._failed(fault)

    async def end(self) -> None:
        """The connection has ended, and ffmpeg with it."""
        if self._decoder is not None:
            ended, self._decoder = self._decoder, None
            await ended.close()

    def _hear(self, measure: Measure) -> None:
        self.samples += measure.samples
        self.clipped += sum(level.clipped for level in measure.levels)
        self._ear.hear(measure)

    def _failed(self, fault: Unheard) -> None:
        now = time.monotonic()
        if now - self._begun > LONGEST_PAUSE:
            self._pause = FIRST_PAUSE
        if self._pause == FIRST_PAUSE:
            log.warning("%s is not decoded: %s", self._stream, fault)
        self.failures += 1
        self._again = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
