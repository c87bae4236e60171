"""`python -m demo` (or `make demo`): the whole station on this machine."""

import argparse
import asyncio
import re
import sys
import tempfile
from pathlib import Path

from demo.signals import until_told
from demo.stack import Wishes, run

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def duration(text: str) -> float:
    """Return the seconds that `text` such as 90s, 2m or 1h30m means."""
    if not re.fullmatch(r"(?:\d+(?:\.\d+)?[smh]?)+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration: write 90s, 2m or 1h30m")
    return sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)([smh]?)", text))


def speed(text: str) -> float:
    """Return how many times as fast the day goes by; at least 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed: write a number from 1 on, such as 60")
    return value


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the command line's wishes."""
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="A radio station that plays, listens and misbehaves, and everything that watches it.",
    )
    parser.add_argument("--for", dest="seconds", type=duration, metavar="2m", help="end by itself after so long")
    parser.add_argument(
        "--speed", type=speed, default=1.0, metavar="N", help="hurry the day: 60 makes it last 24 minutes"
    )
    parser.add_argument("--listeners", type=int, default=240, metavar="N", help="the largest audience of the day (240)")
    parser.add_argument("--no-mishaps", action="store_true", help="let nothing go wrong")
    parser.add_argument(
        "--folder", type=Path, help="keep logs, passwords and history here, and use them again next time"
    )
    return parser.parse_args(arguments)


def main() -> int:
    """Run the demo. Returns 1 when something failed."""
    options = parse()
    if options.folder is not None:
        return _run(options, options.folder.resolve())
    with tempfile.TemporaryDirectory(prefix="radio-demo-", ignore_cleanup_errors=True) as folder:
        return _run(options, Path(folder))


def _run(options: argparse.Namespace, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    wishes = Wishes(folder, options.seconds, options.speed, options.listeners, mishaps=not options.no_mishaps)
    return 1 if asyncio.run(until_told(run(wishes))) is False else 0


if __name__ == "__main__":
    sys.exit(main())
