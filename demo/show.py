"""What the person at the keyboard sees: the start of each part, the addresses, and a diary of what happens."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 18


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that `name` is starting, and then how long it took, or that it failed."""
    print(f"  {name:<{WIDTH}}starting… ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("did not start", flush=True)
        raise
    print(f"ready in {time.monotonic() - began:.1f} s", flush=True)


def say(text: str = "") -> None:
    """Print a line."""
    print(text, flush=True)


def show_address(name: str, address: str) -> None:
    """Print where to find something."""
    print(f"  {name:<{WIDTH}}{address}", flush=True)


def complain(text: str) -> None:
    """Print a line about a failure."""
    print(f"demo: {text}", file=sys.stderr, flush=True)


class Diary:
    """Lines with the time since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def tell(self, text: str) -> None:
        """Print what happened."""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        say(f"  {minutes:3d}:{seconds:02d}  {text}")
