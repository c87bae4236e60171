"""`radio-exporter backfill access-log`: history out of a server's log."""

import argparse
import gc
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TextIO

from sqlalchemy import select

from exporter.audience.geo import Geo
from exporter.backfill import files
from exporter.backfill.history import History
from exporter.backfill.listeners import Listeners
from exporter.backfill.openmetrics import Exposition
from exporter.backfill.progress import Progress
from exporter.backfill.run import BEHIND, BROKEN, Backfill, Limits, Outcome
from exporter.bounded import Bounded
from exporter.clock import milliseconds
from exporter.commands import backfill_sam
from exporter.commands.store import Store, add_config_file, opened
from exporter.commands.written import INTERRUPTED, labels, moment, to_blocks
from exporter.errors import ConfigError
from exporter.store import watched
from exporter.store.schema import erasure, quarter

_INTERRUPTED = "interrupted: what was written stays, and the same command completes it\n"

_OWN_LABELS = ("server", "mount", "channel")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    backfill_sam.add(kinds.add_parser("sam", help="the database of a SAM Broadcaster: plays, requests and listeners"))
    log = kinds.add_parser("access-log", help="Icecast's access.log, also rotated and gzipped")
    log.set_defaults(run=run)
    log.add_argument("files", nargs="+", type=Path, metavar="FILE", help="in any order; `-` is standard input")
    log.add_argument("--server", required=True, metavar="NAME", help="whose log it is: its name in the configuration")
    add_config_file(log)
    log.add_argument(
        "--until",
        metavar="TIME",
        help="take what ended before this time, such as 2026-11-21 or 2026-11-21T02:00+01:00 (the station's zone if"
        " none is given); default: when the exporter began to watch this server itself",
    )
    log.add_argument(
        "--mount-prefix", action="append", default=[], metavar="PATH", help="only mounts that begin so; may be repeated"
    )
    log.add_argument(
        "--openmetrics",
        type=Path,
        metavar="OUT",
        help="also write this file, for `promtool tsdb create-blocks-from openmetrics`",
    )
    log.add_argument(
        "--label", action="append", default=[], metavar="NAME=VALUE", help="of every series in OUT, such as job=radio"
    )


def run(options: argparse.Namespace) -> int:
    """Read the files into the store."""
    more = labels(options.label, _OWN_LABELS)
    with ExitStack() as stack:
        store = stack.enter_context(opened(options.config_file, make=True))
        _warn_of_name(store, options.server)
        out = stack.enter_context(_writable(options.openmetrics)) if options.openmetrics else None
        exposition = Exposition(options.server, more) if out else None
        limits = _limits(store, options)
        work = stack.enter_context(_Work(store, options, limits, exposition))
        finished = work.read(options.files)
        if out and exposition and finished:
            exposition.write(out)
    after = (f"  next: {to_blocks(options.openmetrics)}\n" if out else "") if finished else _INTERRUPTED
    sys.stdout.write(_said(options.server, work, limits) + after)
    return 0 if finished else INTERRUPTED


class _Work:
    """One run with all it needs, and how long it took."""

    def __init__(
        self, store: Store, options: argparse.Namespace, limits: Limits, exposition: Exposition | None
    ) -> None:
        config = store.config
        self._geo = Geo(Path(config.geoip.database) if config.geoip.database else None, store.folder)
        channels = Bounded("channel", config.audience.max_channels)
        channels.know(store.database.read_now(lambda c: c.scalars(select(quarter.c.channel).distinct()).all()))
        listeners = Listeners(store.identities(make=True), self._geo, channels, options.mount_prefix)
        kept = round(float(config.retention.sessions) * 1000)
        history = History(
            store.database, options.server, limits.now - kept, kept, returning=listeners.returning
        )  # fmt: skip
        self._backfill = Backfill(options.server, listeners, history, limits, exposition)
        self.seconds = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._geo.close()

    @property
    def outcome(self) -> Outcome:
        return self._backfill.outcome

    def read(self, paths: list[Path]) -> bool:
        """Whether nobody interrupted it."""
        ordered = files.in_order(paths)
        progress = Progress(sys.stderr, files.total_bytes(ordered))
        began = time.monotonic()
        gc.disable()  # a million small objects that hold no circles: looking for some takes a sixth of the time
        try:
            self._backfill.run(ordered, progress)
        except KeyboardInterrupt:
            return False
        finally:
            gc.enable()
            progress.end()
            self.seconds = time.monotonic() - began
        return True


def _limits(store: Store, options: argparse.Namespace) -> Limits:
    until = store.database.read_now(lambda connection: watched.since(connection, options.server))
    if options.until:
        until = moment(options.until, store.config.station.timezone, "--until")
    rows = store.database.read_now(lambda connection: connection.execute(select(erasure)).all())
    erased = {bytes(who): row.at for row in rows for who in (row.address, row.identity) if who}
    return Limits(until, milliseconds(), erased)


def _writable(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written ({error.strerror})") from error


def _warn_of_name(store: Store, server: str) -> None:
    names = [one.name for _, servers in store.config.polled() for one in servers]
    if names and server not in names:
        sys.stderr.write(f"radio-exporter: no server of the configuration is called {server}: {', '.join(names)}\n")


def _said(server: str, work: _Work, limits: Limits) -> str:
    outcome, seconds = work.outcome, max(work.seconds, 0.001)
    whole = f"{server}: {outcome.sessions:,} sessions, {outcome.new:,} of them new, in {outcome.lines:,} lines"
    lines = [
        f"{whole} ({seconds:.1f} s, {outcome.lines / seconds:,.0f} lines/s)",
        *(f"  {why}: {number:,}{_more(why, outcome, limits)}" for why, number in sorted(outcome.others.items())),
    ]
    if outcome.late:
        lines.append(f"  out of order by more than a month, and so missing in the peaks: {outcome.late:,}")
    return "\n".join(lines) + "\n"


def _more(why: str, outcome: Outcome, limits: Limits) -> str:
    if why == BROKEN:
        named = ", ".join(outcome.broken)
        return f" ({named}{', …' if outcome.others[BROKEN] > len(outcome.broken) else ''})"
    if why == BEHIND and limits.until is not None:
        return f" (ended at {datetime.fromtimestamp(limits.until / 1000, UTC):%Y-%m-%dT%H:%M:%SZ} or later)"
    return ""
