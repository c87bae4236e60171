"""Plays that web pages and players report: JSON, or a form."""

from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

from exporter.audience.facts import Listen, Listener
from exporter.ingest import reading
from exporter.ingest.reading import Told, Unreadable

SENDER = "listens"

FORM = "application/x-www-form-urlencoded"

MOST_FIELDS = 32
LONGEST_HOST = 253


class Play(Struct):
    """A play of a source, and for how many seconds, where that is known."""

    source: str
    duration: int | float | None = None


_play = msgspec.json.Decoder(Play)


def read(body: bytes, content_type: str) -> Play:
    """The play in a request; Unreadable if it holds none. What is no form is JSON, whatever it is called.

    `navigator.sendBeacon` with a text calls it text/plain, which spares the browser a preflight.
    """
    if content_type == FORM:
        return _from_form(body)
    try:
        return reading.from_json(_play, body)
    except msgspec.ValidationError as error:
        raise reading.misshapen(error) from error


def _from_form(body: bytes) -> Play:
    try:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Unreadable("type", f"a form may hold {MOST_FIELDS} fields") from error
    if "source" not in fields:
        raise Unreadable("type", "`source` is missing")
    written = fields.get("duration")
    duration = reading.number(written) if written else None
    if written and duration is None:
        raise Unreadable("type", "`duration` must be a number of seconds")
    return Play(fields["source"], duration)


def listen(play: Play, listener: Listener, referrer: str, now: int) -> tuple[Listen, int]:
    """The row of a play at `now`, and how many of its values were clamped. `referrer` = the header Referer."""
    clamps = Told()
    duration = None if play.duration is None else clamps.lasting(1000 * play.duration)
    row = Listen(
        at=now,
        source=play.source,
        identity=listener.identity,
        address=listener.address,
        country=listener.country,
        player=listener.player,
        player_class=listener.player_class,
        referrer=host(referrer),
        duration=duration,
    )
    return row, clamps.clamped


def host(referrer: str) -> str:
    """The host of a page's address; empty if there is none. The rest of the address is nobody's business."""
    try:
        name = urlsplit(referrer[:2048]).hostname or ""
    except ValueError:
        return ""
    return reading.cleaned(name)[:LONGEST_HOST]
