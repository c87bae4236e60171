"""Events on standard output, one line of JSON each, for whatever collects a container's output.

A pipe that nobody empties blocks whoever writes to it; so a thread of its own writes, and what it cannot keep up with
is dropped. It writes to the descriptor itself: Python's own buffer has a lock, over which a process that ends while
the thread hangs would fall.
"""

import asyncio
import os
import queue
import select
import sys
import threading
from collections import Counter
from datetime import UTC

import msgspec

from exporter.event import Event
from exporter.events.shown import clock

MOST_WAITING = 1000

LAST_WORDS = 1.0
"""Seconds for what waits when the exporter stops."""

LOOK_EVERY = 0.01


class Printer:
    """Prints events.

    Args:
        dropped: counts what was dropped, under `stdout`.
        descriptor: where to; without one, standard output.
    """

    def __init__(self, dropped: Counter[str], descriptor: int | None = None) -> None:
        self._dropped, self._descriptor = dropped, descriptor
        self._lines: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self.wanted = False

    def tell(self, event: Event) -> None:
        """Print it, if it is wanted."""
        if not self.wanted:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._print, name="events-stdout", daemon=True)
            self._thread.start()
        try:
            self._lines.put_nowait(line(event))
        except queue.Full:
            self._dropped["stdout"] += 1

    async def stop(self) -> None:
        """Let what waits be printed, if somebody reads it."""
        for _ in range(round(LAST_WORDS / LOOK_EVERY)):
            if not self._lines.unfinished_tasks:
                return
            await asyncio.sleep(LOOK_EVERY)

    def _print(self) -> None:
        descriptor = sys.stdout.fileno() if self._descriptor is None else self._descriptor
        while True:
            rest = self._lines.get()
            try:
                while rest:
                    rest = rest[_written(descriptor, rest) :]
            except OSError:  # closed: nobody listens
                self._dropped["stdout"] += 1
            self._lines.task_done()


def _written(descriptor: int, rest: bytes) -> int:
    """How many bytes went out; whoever shares the pipe may have made it one that does not wait by itself."""
    try:
        return os.write(descriptor, rest)
    except BlockingIOError:
        select.select([], [descriptor], [])
        return 0


def line(event: Event) -> bytes:
    """The event as one line."""
    fields = {"time": clock(event, UTC)} | msgspec.to_builtins(event)
    del fields["at"]
    return msgspec.json.encode(fields) + b"\n"
