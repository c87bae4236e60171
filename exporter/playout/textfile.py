"""Reads a folder of `*.prom` files, as node_exporter's textfile collector does.

Whoever writes them writes a new file beside and renames it: https://github.com/prometheus/node_exporter#textfile-collector
"""

from collections.abc import Iterable
from pathlib import Path

from exporter.errors import ConnectionFailed, ParseError
from exporter.playout.page import Mapped
from exporter.playout.reading import Report

LARGEST_FILE = 2**20
MOST_FILES = 64


def read(folder: Path, mapped: Mapped, now: int) -> tuple[list[Report], int]:
    """A report of each file, made when the file was last written, oldest first; and how many could not be read.

    Raises:
        ConnectionFailed: the folder cannot be read.
        ParseError: there is no such file, or none that can be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".prom")
    except OSError as error:
        raise ConnectionFailed(f"the folder cannot be opened ({error.strerror or 'failed'})") from error
    reports, faults = _each(paths[:MOST_FILES], mapped, now)
    if not reports:
        raise ParseError(faults[0] if faults else "there is no file *.prom in the folder")
    return sorted(reports, key=lambda report: report.at), len(faults)


def _each(paths: Iterable[Path], mapped: Mapped, now: int) -> tuple[list[Report], list[str]]:
    reports, faults = [], []
    for path in paths:
        try:
            reports.append(_report(path, mapped, now))
        except FileNotFoundError:
            continue  # it was replaced just now: next time
        except OSError as error:
            faults.append(f"a file *.prom cannot be opened ({error.strerror or 'failed'})")
        except ParseError as error:
            faults.append(f"a file *.prom is of no use: {error}")
    return reports, faults


def _report(path: Path, mapped: Mapped, now: int) -> Report:
    with path.open("rb") as file:
        text = file.read(LARGEST_FILE + 1)
        written = path.stat().st_mtime_ns // 1_000_000
    if len(text) > LARGEST_FILE:
        raise ParseError(f"it is longer than {LARGEST_FILE // 2**20} MiB")
    return mapped.report(text, min(written, now))
