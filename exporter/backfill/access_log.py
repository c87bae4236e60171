r"""A line of Icecast's access.log as what it says, and whether that was listening. No I/O.

The combined log format with the seconds of the connection behind it, written when the connection ends:

    192.0.2.1 - - [21/Nov/2026:02:14:05 +0000] "GET /live.mp3 HTTP/1.1" 200 158565 "referer" "agent" 360

Icecast 2.4 writes a dot for each byte of referer and agent that is a quote, a backslash, a backtick or no ASCII; other
writers put a backslash before a quote, or write `\x22`. 2.4 leaves the query out, KH does not; both leave `%26` as is.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from exporter.icecast.times import unix_time

LONGEST_LINE = 8192
LONGEST_SESSION = 366 * 86_400_000
"""Milliseconds; what claims to have lasted longer is a broken line."""

Why = Literal["no listening", "refused", "a page", "over at once"]
"""Why a line is no listener's session: a source or another request, its status, its path, its duration."""

_LINE = re.compile(
    r"(\S+) \S+ .*?\[(\d\d/[A-Za-z]{3}/\d{4}):([01]\d|2[0-3]):([0-5]\d):([0-6]\d) ([+-]\d{4})\]"
    r' "([A-Z]+) (\S+)(?: [^"]*)?" (\d{3}) (?:(\d{1,15})|-) "(?:.*?)" "(.*)" (\d{1,10})\s*',
    re.ASCII,
)
_ESCAPED = re.compile(r'\\(?:x([0-9a-fA-F]{2})|(["\\]))')
_LISTENED = frozenset(("200", "206"))


class Heard(NamedTuple):
    """What a line says. `ended` in milliseconds of Unix time, `lasted` in milliseconds, `sent` in bytes."""

    address: str
    ended: int
    lasted: int
    method: str
    path: str
    status: str
    sent: int
    agent: str


def parse(line: str) -> Heard | None:
    """What a line says; None for a line that is broken."""
    found = _LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
    if found is None:
        return None
    address, day, hour, minute, second, offset, method, path, status, sent, agent, seconds = found.groups()
    midnight = _midnight(day, offset)
    lasted = int(seconds) * 1000
    if midnight is None or lasted > LONGEST_SESSION:
        return None
    ended = midnight + (int(hour) * 3600 + int(minute) * 60 + int(second)) * 1000
    agent = _unescaped(agent) if "\\" in agent else agent
    return Heard(address, ended, lasted, method, path, status, int(sent or 0), agent)


def no_session(heard: Heard) -> Why | None:
    """Why this was nobody listening; None if it was somebody, a person or not."""
    if heard.method != "GET":
        return "no listening"
    if heard.status not in _LISTENED:
        return "refused"
    if not heard.lasted:
        return "over at once"
    return "a page" if _is_page(heard.path) else None


@lru_cache(maxsize=64)
def _midnight(day: str, offset: str) -> int | None:
    """The beginning of a day by the log's clock, in milliseconds: the lines of one share it."""
    seconds = unix_time(f"{day}:00:00:00 {offset}")
    return None if seconds is None else int(seconds) * 1000


@lru_cache(maxsize=1024)
def _is_page(path: str) -> bool:
    bare = path.partition("?")[0]
    return bare.endswith(".xsl") or bare.startswith(("/admin/", "/status")) or bare in ("/admin", "/")


def _unescaped(agent: str) -> str:
    return _ESCAPED.sub(lambda found: found[2] or chr(int(found[1], 16)), agent)
