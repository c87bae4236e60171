"""Reads v2's `/admin.cgi?sid=N&mode=viewjson&page=3`: who listens to one stream.

An array of objects with `hostname`, `useragent` (`EMPTY` if there was none), `connecttime` (seconds), `uid` and `xff`
(the `X-Forwarded-For` that came along); or an object that holds it under `listeners`, as the pages without a number do.
Format: section 2.3 of `DNAS_Server_JSON_Responses.html`, which comes with the server. Numbers are texts there.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from exporter.errors import ParseError

LONGEST_TEXT = 1000
"""Characters kept of an agent or a chain of proxies."""

_WHOLE = re.compile(r"[0-9]{1,20}", re.ASCII)
_LONGEST_SECONDS = 2**31


@dataclass(frozen=True, slots=True)
class Listener:
    """One connection to a stream. `uid` = its number, which another may have after it; `seconds` = since it began.

    `host` = its address, or its name where the server looks names up.
    """

    uid: int
    host: str = field(repr=False)
    forwarded: str = field(repr=False)
    agent: str
    seconds: int


def parse_listeners(document: bytes) -> list[Listener]:
    """Everybody on the list; those without a number or a duration, and the second of one number, are left out."""
    found: dict[int, Listener] = {}
    for fields in _rows(document):
        uid, seconds = _whole(fields.get("uid")), _whole(fields.get("connecttime"))
        if uid is not None and seconds is not None and seconds <= _LONGEST_SECONDS:
            host, agent, forwarded = (_text(fields.get(name)) for name in ("hostname", "useragent", "xff"))
            found.setdefault(uid, Listener(uid, host, forwarded, agent, seconds))
    return list(found.values())


def _rows(document: bytes) -> list[dict[str, Any]]:
    try:
        data = json.loads(document.decode("utf-8-sig", errors="replace"), strict=False, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise ParseError("the document is not JSON, but cut off, broken or a page") from error
    rows = data.get("listeners") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(fields, dict) for fields in rows):
        raise ParseError("JSON, but not Shoutcast's list of listeners")
    return rows


def _whole(written: object) -> int | None:
    """A whole number out of a number or a text; None if it is none."""
    text = written.strip() if isinstance(written, str) else ""
    return int(text) if _WHOLE.fullmatch(text) else None


def _text(written: object) -> str:
    text = written if isinstance(written, str) else ""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()  # JSON can name half a surrogate pair
