"""`radio-exporter events clear`: removes what is old from the event log, beside a running exporter or without one."""

import argparse
import sys
import time
from functools import partial

from exporter.clock import milliseconds
from exporter.commands.store import add_config_file, opened
from exporter.config.units import Duration
from exporter.store.retention import clear_before

STEP, PAUSE = 500, 0.05
"""Events of one step, and seconds between two, in which the exporter may write."""


def add(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `events`."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    clear = commands.add_parser("clear", help="remove events that are older than so long")
    clear.set_defaults(run=run_clear)
    clear.add_argument(
        "--older-than", dest="older_than", type=_duration, required=True, metavar="DURATION", help="such as 30d or 12h"
    )
    add_config_file(clear)


def run_clear(options: argparse.Namespace) -> int:
    """Remove, and say how many there were."""
    moment = milliseconds() - round(options.older_than * 1000)
    with opened(options.config_file, make=False) as store:
        removed = 0
        while gone := store.database.write_now(partial(clear_before, moment, STEP)):
            removed += gone
            time.sleep(PAUSE)
    sys.stdout.write(f"removed: {removed:,} events\n")
    return 0


def _duration(written: str) -> Duration:
    try:
        return Duration(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
