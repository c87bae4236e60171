"""`radio-exporter backfill sam`: the history of a playout's database, for Prometheus."""

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter.backfill.progress import Progress
from exporter.backfill.sam import SamBackfill
from exporter.backfill.sam_span import Span
from exporter.backfill.sam_spool import Spool
from exporter.commands.written import INTERRUPTED, labels, moment, to_blocks
from exporter.config.load import load
from exporter.config.schema import Config
from exporter.config.schema_sam import SamDatabase
from exporter.errors import ConfigError, PollError

_OWN_LABELS = ("server", "songtype", "outcome")


def add(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.set_defaults(run=run)
    parser.add_argument(
        "--config.file",
        dest="config_file",
        type=Path,
        required=True,
        metavar="FILE",
        help="the exporter's configuration",
    )
    parser.add_argument("--server", required=True, metavar="NAME", help="whose history: its name under `sam:`")
    parser.add_argument(
        "--openmetrics",
        type=Path,
        required=True,
        metavar="OUT",
        help="write this file, for `promtool tsdb create-blocks-from openmetrics`",
    )
    parser.add_argument(
        "--from",
        dest="since",
        metavar="TIME",
        help="write samples from this time on, such as 2024-01-01 (the station's zone if none is given); what was"
        " before is in the counters; default: from the first play on",
    )
    parser.add_argument("--until", metavar="TIME", help="write samples up to this time; default: now")
    parser.add_argument(
        "--label", action="append", default=[], metavar="NAME=VALUE", help="of every series, such as job=radio"
    )


def run(options: argparse.Namespace) -> int:
    """Read the database into the file."""
    more = labels(options.label, _OWN_LABELS)
    config = load(options.config_file)
    studio = _studio(config, options)
    span = _span(options, config.station.timezone)
    try:
        said = _backfill(studio, ZoneInfo(studio.timezone or config.station.timezone), span, more, options.openmetrics)
    except KeyboardInterrupt:
        sys.stdout.write("interrupted: nothing was written\n")
        return INTERRUPTED
    except PollError as error:
        sys.stderr.write(f"radio-exporter: {studio.name}: {error}\n")
        return 1
    sys.stdout.write(said)
    return 0


def _backfill(studio: SamDatabase, zone: ZoneInfo, span: Span, more: Mapping[str, str], out: Path) -> str:
    """Do it, and say what was done."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            spool = Spool(Path(folder), span, studio.name, more)
            work = SamBackfill(studio, zone, span, spool)
            try:
                _read(work)
                whole = Path(folder) / "whole"
                with whole.open("w", encoding="utf-8") as file:
                    work.write(file)
                whole.replace(out)
            finally:
                spool.close()
    except OSError as error:
        raise ConfigError(str(out), f"cannot be written ({error.strerror})") from error
    return _said(work, time.monotonic() - began, out, span)


def _read(work: SamBackfill) -> None:
    gc.disable()  # rows by the million that hold no circles
    try:
        asyncio.run(work.run(lambda rows: Progress(sys.stderr, rows, unit="rows")))
    finally:
        gc.enable()


def _studio(config: Config, options: argparse.Namespace) -> SamDatabase:
    found = next((studio for studio in config.sam if studio.name == options.server), None)
    if found is None:
        names = ", ".join(studio.name for studio in config.sam) or "there are none"
        raise ConfigError("command line", f"is no name under `sam:` in the configuration: {names}", place="--server")
    return found


def _span(options: argparse.Namespace, zone: str) -> Span:
    now = time.time_ns() // 1_000_000_000 * 1000
    until = moment(options.until, zone, "--until") if options.until else now
    since = moment(options.since, zone, "--from") if options.since else None
    if since is not None and since >= min(until, now):
        raise ConfigError("command line", "is not before the end", place="--from")
    return Span(since, min(until, now), now)


def _said(work: SamBackfill, seconds: float, out: Path, span: Span) -> str:
    rows = work.plays + work.requests
    speed = f"{seconds:.1f} s, {rows / max(seconds, 0.001):,.0f} rows/s"
    lines = [
        f"{work.server}: {work.plays:,} plays and {work.requests:,} requests ({speed})",
        f"  {out}: {work.samples:,} samples up to {datetime.fromtimestamp(span.until / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"  next: {to_blocks(out)}",
    ]
    return "\n".join(lines) + "\n"
