"""What every decoder shares: what it makes, what it asks of the audience, how it treats foreign clocks and texts."""

import math
import re
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from exporter.audience.facts import LONGEST_SESSION, Fact
from exporter.audience.reception import Reception
from exporter.clock import AHEAD
from exporter.errors import ExporterError
from exporter.texts import one_line

T = TypeVar("T")

OLDEST = LONGEST_SESSION
"""Milliseconds back to which a telling is taken, and the longest that a session can have lasted."""

MOST_BYTES = 1 << 40
"""More than a listener can have been sent: a session of 30 days at 3 Mbit/s. Eight million of it fit into a sum."""

LONGEST_TEXT = 255
LONGEST_AGENT = 4096
LONGEST_ADDRESS = 64


class Unreadable(ExporterError):
    """What was sent cannot be understood. The message names the place in it and what is allowed, never a value."""

    def __init__(self, reason: Literal["json", "type", "depth"], message: str) -> None:
        self.reason = reason
        super().__init__(message)


class Audience(Reception, Protocol):
    """What a decoder asks of the audience."""

    def connection_key(self, server: str, connection: int) -> bytes | None:
        """The session of a connection of an Icecast; None until the server's start is known."""
        ...


class Told(Struct):
    """What a request told.

    Attributes:
        facts: in the order of the request.
        clamped: values that could not be true and were made the nearest that can.
        stale: events older than `OLDEST`, which are not taken.
        ignored: events that say nothing of a session. They and the stale ones are acknowledged all the same, for a
            sender that resends would be stuck with them.
    """

    facts: list[Fact] = msgspec.field(default_factory=list)
    clamped: int = 0
    stale: int = 0
    ignored: int = 0

    def add(self, more: "Told") -> None:
        """Take over what another part of the request told."""
        self.facts += more.facts
        self.clamped += more.clamped
        self.stale += more.stale
        self.ignored += more.ignored

    def moment(self, said: float, now: int) -> int | None:
        """When something was so; None if that is too long ago."""
        if now - OLDEST <= said <= now + AHEAD:
            return int(said)
        if said > now:
            self.clamped += 1
            return now
        self.stale += 1
        return None

    def start(self, said: float | None, at: int) -> int | None:
        """When something began that was so `at` a moment."""
        if not said:
            return None
        if at - OLDEST <= said <= at:
            return int(said)
        self.clamped += 1
        return at if said > at else at - OLDEST

    def lasting(self, said: float) -> int:
        """How long something has lasted."""
        if 0 <= said <= OLDEST:
            return int(said)
        self.clamped += 1
        return OLDEST if said > 0 else 0

    def sent(self, said: float | None) -> int | None:
        """How many bytes were sent. What cannot be is left out, for a sum would keep it for ever."""
        if said is None or 0 <= said <= MOST_BYTES:
            return None if said is None else int(said)
        self.clamped += 1
        return None


class Decoder(Protocol):
    """How one kind of sender writes its events. A long request is told in pieces, so that others get their turn."""

    sender: str

    def read(self, body: bytes) -> list[Any]:
        """The events of a request; Unreadable if it holds none."""

    def told(self, events: list[Any], audience: Audience, now: int, first: int = 0) -> Told:
        """What these events tell at `now`. `first` = the place of the first in its request, for an Unreadable."""


def missing(index: int, field: str) -> Unreadable:
    """The error for an event without a field it must have."""
    return Unreadable("type", f"[{index}].{field} is missing or empty, and without it the event says nothing")


_LONE_SURROGATE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def from_json(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """Decode JSON; texts with broken characters are mended, for agents are sent as players wrote them.

    Raises:
        Unreadable: no JSON, or nested too deeply.
        msgspec.ValidationError: JSON of another shape; see `misshapen`.
    """
    try:
        return decoder.decode(body)
    except RecursionError as error:
        raise Unreadable("depth", "the body is nested too deeply") from error
    except msgspec.ValidationError:
        raise
    except ValueError as error:  # of msgspec, of a text that is no UTF-8, of a number with thousands of digits
        if (mended := _mended(body)) != body:
            return from_json(decoder, mended)
        place = re.search(r"\(byte \d+\)", str(error))
        raise Unreadable("json", " ".join(("the body is no JSON", place[0] if place else "")).strip()) from error


def _mended(body: bytes) -> bytes:
    """The body as UTF-8, every half of a surrogate pair that stands alone replaced."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    if b"\\ud" not in body and b"\\uD" not in body:
        return text.encode()  # looking for half a pair takes a second for a long body that has none
    return _LONE_SURROGATE.sub(lambda found: r"\ufffd" if found["lone"] else found[0], text).encode()


def misshapen(error: msgspec.ValidationError, at: str = "") -> Unreadable:
    """What msgspec said, in words of ours; `at` = the place of what it looked at. msgspec quotes no values."""
    problem, _, path = str(error).partition(" - at `$")
    place = at + path.removesuffix("`")
    if field := re.search(r"missing required field `(.*)`", problem):
        return Unreadable("type", f"{place}.{field[1]} is missing".lstrip("."))
    place = place.lstrip(".") or "the body"
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", problem):
        allowed = " or ".join(_TYPES.get(part, part) for part in found[1].split(" | "))
        return Unreadable("type", f"{place} must be {allowed}, not {_TYPES.get(found[2], 'that')}")
    return Unreadable("type", f"{place} holds what no event may hold there")


_PROTOCOL = re.compile(r"[a-z0-9_-]{1,32}", re.ASCII)


def cleaned(text: str) -> str:
    """A text fit for a label: one line of at most 255 characters, without spaces around it."""
    return one_line(text, LONGEST_TEXT)


def protocol(text: str | None) -> str:
    """The label `protocol`."""
    lower = (text or "").lower()
    return lower if _PROTOCOL.fullmatch(lower) else "other"


def country(text: str | None) -> str | None:
    """Two capital letters; None if the sender does not name a country so."""
    return text.upper() if text and len(text) == 2 and text.isascii() and text.isalpha() else None


def number(text: str) -> float | None:
    """A finite number written as text; None if it is none."""
    try:
        value = float(text[:LONGEST_ADDRESS])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
