"""How far a long command is: a bar on a terminal, else a line now and then."""

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30
BAR_EVERY, LINE_EVERY = 0.2, 30.0
"""Seconds."""


class Progress:
    """Shows progress.

    Args:
        stream: where to.
        total: bytes there are to read; None where nobody knows.
        clock: seconds.
        unit: what is done one by one.
    """

    def __init__(
        self, stream: TextIO, total: int | None, clock: Callable[[], float] = time.monotonic, unit: str = "lines"
    ) -> None:
        self._stream, self._total, self._clock, self._unit = stream, total, clock, unit
        self._bar = stream.isatty()
        self._began = self._shown = clock()

    def show(self, read: int, lines: int) -> None:
        """So many bytes are read, so many lines are done; it is not shown every time."""
        now = self._clock()
        if now - self._shown < (BAR_EVERY if self._bar else LINE_EVERY):
            return
        self._shown = now
        text = self._text(read, lines, now - self._began)
        self._stream.write(f"\r\x1b[K{text}" if self._bar else f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _text(self, read: int, lines: int, seconds: float) -> str:
        speed = f"{lines:,} {self._unit}, {lines / max(seconds, 0.001):,.0f}/s"
        if not self._total or not read:
            return speed
        part = min(read / self._total, 1.0)
        left = round(seconds / part - seconds)
        bar = ("█" * round(part * WIDTH)).ljust(WIDTH, "░") + " " if self._bar else ""
        return f"{bar}{part:4.0%}  {speed}, {left // 60}:{left % 60:02} left"
