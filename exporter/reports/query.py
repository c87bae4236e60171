"""What a request asks for, out of its query string. Whatever is wrong is one sentence that says what is allowed.

A sentence names the parameter and what kind of value it has, and quotes at most an unknown parameter's name.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, tzinfo
from typing import TypeVar

from msgspec import Struct

from exporter.errors import ExporterError
from exporter.reports.calendar import DAY, By, day_start

T = TypeVar("T", bound=str)

ROW_DAYS = 400
"""Longest stretch of hours, sessions, plays and places."""

DAY_DAYS = 3660
"""Longest stretch of days, weeks and months."""

MOST = 10_000
"""Largest `limit`."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_TIME_HELP = "write a date (2026-03-29), ISO 8601 with a zone (2026-03-29T06:00:00+02:00 or …Z) or Unix seconds"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A blank is a plus sign that was not written as %2B.
_ISO = re.compile(r"([0-9-]{10}[T ][0-9:]{5,8})(\.[0-9]{1,6})?(Z|[+ -][0-9]{2}:?[0-9]{2})?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)


class BadQuery(ExporterError):
    """A request's query cannot be used; the message says what would be right."""


class Stretch(Struct, frozen=True):
    """From `since` to `until`, which is not in it. Unix time in milliseconds."""

    since: int
    until: int


class Query:
    """The parameters of one request.

    Args:
        pairs: names and values as they came.
        allowed: the names there are.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], allowed: Collection[str]) -> None:
        self._given: dict[str, str] = {}
        for name, value in pairs:
            if name not in allowed:
                there = ", ".join(f"`{known}`" for known in allowed) or "none"
                raise BadQuery(f"{_quoted(name)} is no parameter here; allowed: {there}")
            if name in self._given:
                raise BadQuery(f"`{name}` is given twice; allowed: once")
            self._given[name] = value

    def choice(self, name: str, allowed: Collection[T], default: T | None = None) -> T:
        """One of some words."""
        given = self._given.get(name, default)
        found = next((word for word in allowed if word == given), None)
        if found is None:
            what = "is missing" if given is None else "is an unknown word" if given else "is empty"
            raise BadQuery(f"`{name}` {what}; allowed: {', '.join(allowed)}")
        return found

    def choices(self, name: str, allowed: Collection[T]) -> tuple[T, ...]:
        """Some of some words, with commas between them; none if it is not given."""
        given = self._given.get(name)
        if given is None:
            return ()
        found = {word: known for word in given.split(",") for known in allowed if known == word}
        if len(found) != len(set(given.split(","))):
            raise BadQuery(f"`{name}` holds an unknown word; allowed: {', '.join(allowed)}, with commas between them")
        return tuple(found.values())

    def text(self, name: str, longest: int) -> str:
        """Any text; empty if it is not given."""
        given = self._given.get(name, "")
        if len(given) > longest:
            raise BadQuery(f"`{name}` is too long; allowed: {longest} characters")
        return given

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number."""
        given = self._given.get(name)
        if given is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", given, re.ASCII):
            raise BadQuery(f"`{name}` is {_kind(given)}; allowed: a whole number from {low} to {high}")
        if not low <= int(given) <= high:
            raise BadQuery(f"`{name}` is a number out of range; allowed: {low} to {high}")
        return int(given)

    def channel(self) -> str | None:
        """The channel asked for; '' = the station as a whole; None = all."""
        given = self._given.get("channel")
        if given is not None and (len(given) > 255 or not given.isprintable()):
            raise BadQuery("`channel` is too long or holds control characters; allowed: a channel's name, or empty")
        return given

    def stretch(self, zone: tzinfo, usual: Stretch, days: int) -> Stretch:
        """`from` and `to`: dates are midnights of the station. Without `to` until now, without `from` as usual."""
        since, until = self._moment("from", zone), self._moment("to", zone)
        if until is None:
            until = max(usual.until, (since or 0) + 1)
        if since is None:
            since = until - (usual.until - usual.since)
        if since >= until:
            raise BadQuery(
                "`from` is a time at or behind `to`; allowed: a time before it (`to` itself is not included)"
            )
        if until - since > days * DAY + DAY // 12:  # in half a year the clock goes an hour back
            raise BadQuery(f"`from` and `to` are too far apart; allowed: {days} days at most")
        return Stretch(since, until)

    def _moment(self, name: str, zone: tzinfo) -> int | None:
        given = self._given.get(name)
        if given is None:
            return None
        try:
            at = _moment(name, given, zone)
        except (ValueError, OverflowError) as error:
            raise BadQuery(f"`{name}` is a time that does not exist; {_TIME_HELP}") from error
        if not _EARLIEST.timestamp() * 1000 <= at <= _LATEST.timestamp() * 1000:
            raise BadQuery(f"`{name}` is a time out of range; allowed: from 2000 to 2100 (numbers are Unix seconds)")
        return at


def _moment(name: str, given: str, zone: tzinfo) -> int:
    """Unix time in milliseconds; ValueError for a time that the calendar does not have."""
    if _DATE.fullmatch(given):
        day = date.fromisoformat(given)
        if not _EARLIEST.year <= day.year <= _LATEST.year:  # a zone's arithmetic ends with the calendar
            return -1
        return day_start(day, zone)
    if _SECONDS.fullmatch(given):
        return int(float(given) * 1000)
    written = _ISO.fullmatch(given)
    if not written:
        raise BadQuery(f"`{name}` is {_kind(given)}; {_TIME_HELP}")
    moment, fraction, offset = written.groups()
    if not offset:
        raise BadQuery(f"`{name}` is a time without a zone; {_TIME_HELP}")
    at = datetime.fromisoformat(moment + (fraction or "") + offset.replace(" ", "+"))
    return int(at.timestamp() * 1000)


def _kind(given: str) -> str:
    """What was written, without quoting it."""
    if not given:
        return "empty"
    return "a number of another kind" if re.fullmatch(r"[-+]?[0-9.eE_]+", given, re.ASCII) else "a text of another kind"


def _quoted(name: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:40])
    return f"`{shown}`" if shown else "an empty name"


def longest(by: By) -> int:
    """How many days may be asked for at once."""
    return ROW_DAYS if by == "hour" else DAY_DAYS
