"""Events on standard output, one line of JSON each, for whatever collects a container's output.

A pipe that nobody empties blocks whoever writes to it; so a thread of its own writes, and what it cannot keep up with
is dropped.
"""

import queue
import sys
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC
from typing import TextIO

import msgspec

from exporter.event import Event
from exporter.events.shown import clock

MOST_WAITING = 1000


class Printer:
    """Prints events.

    Args:
        dropped: counts what was dropped, under `stdout`.
        output: where to.
    """

    def __init__(self, dropped: Counter[str], output: TextIO | None = None) -> None:
        self._dropped, self._output = dropped, output or sys.stdout
        self._lines: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self.wanted = False

    def tell(self, event: Event) -> None:
        """Print it, if it is wanted."""
        if not self.wanted:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._print, name="events-stdout", daemon=True)
            self._thread.start()
        fields = msgspec.to_builtins(event) | {"time": clock(event, UTC)}
        del fields["at"]
        try:
            self._lines.put_nowait(msgspec.json.encode(fields).decode())
        except queue.Full:
            self._dropped["stdout"] += 1

    def _print(self) -> None:
        while True:
            line = self._lines.get()
            with suppress(OSError, ValueError):  # closed: nobody listens
                self._output.write(line + "\n")
                self._output.flush()
