"""`python -m bench` (or `make bench`): measure, and print the tables. Exit status 1 if something could not be run.

`python -m bench audience` runs a part alone: metrics (`/metrics` beside its alternatives), audience, or of the latter
webhooks, listeners, log; music (a long history of SAM's); host (a round over the machine); probe (streams per core);
playout (a file that is read beside its writer); events (searches in a log of a million, on SQLite and on MariaDB).
"""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TypeVar

from bench import (
    access_log,
    audience_report,
    crowded,
    earhorn,
    events,
    host,
    music,
    music_report,
    playout,
    probe,
    simultaneous,
    stage,
    webhooks,
)
from bench.audience_report import Audience
from bench.errors import BenchError
from bench.interleave import Extent
from bench.progress import say
from bench.report import Fetches, report
from bench.stage import Plan
from demo.errors import DemoError
from exporter.errors import ExporterError

FEW = Plan(10, Extent(seconds=20, requests=1000, slow_requests=1000, limit=45))
MANY = Plan(1000, Extent(seconds=30, requests=500, slow_requests=150, limit=60), quiet=45)

AUDIENCE = ("webhooks", "listeners", "log")
PARTS = ("metrics", "audience", *AUDIENCE, "music", "host", "probe", "playout", "events")

Result = TypeVar("Result")


class Bench:
    """One run: what cannot be run is said and left out, and the rest goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.complete = True

    def run(self, parts: Collection[str]) -> None:
        """Measure these parts and print what they showed."""
        if "metrics" in parts:
            self._metrics()
        if not set(AUDIENCE).isdisjoint(parts):
            self._audience(parts)
        if "music" in parts:
            self._print(music.run, music_report.report)
        if "host" in parts:
            self._print(host.run, host.report)
        if "probe" in parts:
            self._print(probe.run, probe.report)
        if "playout" in parts:
            self._print(playout.run, playout.report)
        if "events" in parts:
            self._print(events.run, events.report)
            self._print(events.run_on_mariadb, events.report)

    def _print(self, measure: Callable[[Path], Result], write: Callable[[Result], str]) -> None:
        if found := self._attempt(partial(measure, self._folder)):
            print(write(found), end="\n\n", flush=True)

    def _metrics(self) -> None:
        python = self._attempt(earhorn.install)
        attempts = [self._attempt(partial(stage.run, plan, self._folder, python)) for plan in (FEW, MANY)]
        outcomes = [outcome for outcome in attempts if outcome]
        self.complete &= all(outcome.complete for outcome in outcomes)
        say(f"{simultaneous.SCRAPES} scrapes at once")
        fetches = Fetches(
            self._attempt(partial(simultaneous.extra_fetches_while_polled, self._folder, FEW.mounts)),
            self._attempt(partial(simultaneous.fetches_on_scrape, self._folder, FEW.mounts)),
        )
        print(report(outcomes, fetches), end="\n\n", flush=True)

    def _audience(self, parts: Collection[str]) -> None:
        found = Audience(
            self._attempt(partial(webhooks.run, self._folder)) if "webhooks" in parts else None,
            self._attempt(partial(crowded.run, self._folder)) if "listeners" in parts else None,
            self._attempt(partial(access_log.run, self._folder)) if "log" in parts else None,
        )
        print(audience_report.report(found))

    def _attempt(self, measure: Callable[[], Result]) -> Result | None:
        try:
            return measure()
        except (BenchError, DemoError, ExporterError, OSError) as error:
            say(f"not run: {error}")
            self.complete = False
            return None


def main() -> int:
    """Run it all, or the parts that are named; Ctrl-C and SIGTERM end it, and every process that it started."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print the tables.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all of them if none")
    parts = set(parser.parse_args().parts)
    if unknown := parts.difference(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    parts = parts or {"metrics", "audience", "music", "host", "probe", "playout", "events"}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="radio-bench-") as folder:
        bench = Bench(Path(folder))
        try:
            bench.run(parts | set(AUDIENCE) if "audience" in parts else parts)
        except KeyboardInterrupt:
            say("interrupted")
            return 130
    return 0 if bench.complete else 1


if __name__ == "__main__":
    sys.exit(main())
