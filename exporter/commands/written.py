"""What several commands take from their command line, and what they advise to do next."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter.errors import ConfigError

INTERRUPTED = 130
"""Exit status of whom Ctrl-C has ended."""

_LABEL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.ASCII)


def moment(written: str, zone: str, flag: str) -> int:
    """A time in milliseconds of Unix time, in a zone if it names none; ConfigError."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        raise ConfigError("command line", "is no time: write one such as 2026-11-21T02:00", place=flag) from error
    return round((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)


def labels(written: Sequence[str], own: Sequence[str]) -> Mapping[str, str]:
    """What `--label` adds, apart from the labels that the series have by themselves; ConfigError."""
    found = [_LABEL.fullmatch(one) for one in written]
    named = {one[1]: one[2] for one in found if one}
    if None in found or named.keys() & set(own):
        theirs = " and ".join((", ".join(own[:-1]), own[-1]))
        message = f"is no label to add: write NAME=VALUE, such as job=radio-exporter ({theirs} are set)"
        raise ConfigError("command line", message, place="--label")
    return named


def to_blocks(out: Path) -> str:
    """How Prometheus gets what was written.

    promtool reads the whole file anew for each block: with its usual ones of two hours, years would take days.
    """
    return f"promtool tsdb create-blocks-from openmetrics --max-block-duration=486h {out} DIRECTORY"
