"""A long access.log: lines a second of `radio-exporter backfill access-log`, beside what reading it alone takes."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bench import limits
from bench.crowd import address
from bench.documents import AGENTS
from bench.errors import BenchError
from bench.places import write_places
from bench.process import LOOPBACK, ROOT
from bench.progress import say

LINES = 1_000_000
DAYS = 28
"""Over which they are spread: within the time for which rows of sessions are kept, so each line becomes a row."""

MOUNTS = 20
WITHIN = 300

_PART = 10_000
_PATTERN = re.compile(
    r'(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)" (\d+)', re.ASCII
)
"""As simple as the format allows; the exporter's own forgives more."""


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Seconds for all of the lines; the limits in lines (or rows) a second."""

    lines: int
    seconds: float
    limits: dict[str, float] = field(default_factory=dict)


def run(folder: Path, number: int = LINES) -> AccessLog:
    """Measure everything."""
    say(f"access.log: writing {number:,} lines")
    log = folder / "access.log"
    with log.open("w", encoding="ascii") as file:
        rest = lines(number, time.time())
        while part := list(islice(rest, _PART)):
            file.writelines(part)
    say("access.log: reading it into the store")
    seconds = _backfilled(folder, log, number)
    say("access.log: reading it, and SQLite, alone")
    found = {
        "reading the lines, and one regular expression": number / _matched(log),
        "SQLite inserts, a commit for 5,000": number / 4 / limits.insert(folder, number // 4, 5000),
    }
    return AccessLog(number, seconds, found)


def lines(number: int, now: float) -> Iterator[str]:
    """The lines of an access.log in Icecast's order, that of their ends; the last of them a minute ago."""
    step, stamp, written = DAYS * 86400 / number, "", -1
    for place in range(number):
        end = int(now - 60 - (number - place) * step)
        if end != written:
            stamp, written = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(end)), end
        # Some stay for seconds, some for hours; who they are repeats, as on a station with regular listeners.
        seconds = 1 + place * 7919 % 97 if place % 3 else 1 + place * 104_729 % 7200
        who = place * 7 % 60_000
        yield (
            f'{address(who)} - - [{stamp}] "GET /live-{place % MOUNTS:02d}.mp3 HTTP/1.1" 200 {16_000 * seconds} "-"'
            f' "{AGENTS[who % len(AGENTS)]}" {seconds}\n'
        )


def _backfilled(folder: Path, log: Path, number: int) -> float:
    state = folder / "state-log"
    config = folder / "backfill.yaml"
    # Nothing is asked of this Icecast: it is there because a configuration needs a server.
    config.write_text(
        f"state_dir: {state}\nicecast: [{{name: bench, url: 'http://{LOOPBACK}:9'}}]\n"
        f"geoip: {{database: {write_places(folder / 'places.mmdb')}}}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "exporter", "backfill", "access-log", "--server=bench"]
    command += [f"--config.file={config}", str(log)]
    began = time.perf_counter()
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN, check=False)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"the log was not read within {WITHIN} s") from error
    seconds = time.perf_counter() - began
    if done.returncode:
        raise BenchError(f"backfill failed:\n{done.stderr[-1000:]}")
    _check(done.stdout, number)
    return seconds


def _check(said: str, number: int) -> None:
    """Every line must have become a session."""
    if f"{number:,} sessions, {number:,} of them new, in {number:,} lines" not in said:
        raise BenchError(f"backfill did not read {number:,} sessions, but said:\n{said}")


def _matched(log: Path) -> float:
    began = time.perf_counter()
    with log.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            _PATTERN.match(line)
    return time.perf_counter() - began
