"""Reads the JSON documents: `/status-json.xsl` of 2.4, and `/admin/stats.json` and `/admin/publicstats.json` of 2.5.

2.4's comes out of an XSL style sheet that guesses types from text. Fields that look like half a number (`-`, ` - `,
`.5`, `5.`) are written without quotes, which makes the whole document invalid; these are quoted before a second try.
Numbers are kept as they were written, so that the title `1979` stays a text.

2.5's is an array of two, an identity and the data, in which the sources are an object by mount.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from exporter.errors import ParseError
from exporter.icecast.reading import IcecastReading, Interpreter

# In the first instants after its start 2.4 leaves out the object's brace (seen on 2.4.4).
_UNOPENED = '{"icestats":"'

# A value that begins like a number, up to the comma or brace that ends it. The quote before the colon ends a key,
# for inside a string it would be escaped.
_BARE = re.compile(r'(?<!\\)":(\s*[-+.0-9][^",{}\[\]]*)(?=[,}])')
_NUMBER = re.compile(r"\s*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\s*", re.ASCII)


def parse_stats_json(document: bytes) -> IcecastReading:
    """The reading of a whole document; ParseError if it is not one."""
    decoded = _decode(document.decode("utf-8-sig", errors="replace"))
    if isinstance(decoded, list):
        decoded = next((part for part in decoded if isinstance(part, dict) and "server_id" in part), None)
    elif isinstance(decoded, dict):
        decoded = decoded.get("icestats", decoded)
    if not isinstance(decoded, dict):
        raise ParseError("JSON, but no Icecast statistics")
    interpreter = Interpreter()
    for mount, fields in _sources(decoded.get("source")):
        interpreter.mount(mount, _texts(fields))
    return interpreter.reading(_texts(decoded))


def _decode(text: str) -> Any:
    try:
        return _loads(text)
    except RecursionError as error:
        raise ParseError("the document is nested too deeply") from error
    except ValueError:
        pass
    try:
        return _loads(_BARE.sub(_quoted, text.replace(_UNOPENED, _UNOPENED[:-1] + '{"', 1)))
    except (ValueError, RecursionError) as error:
        kind = "an HTML page" if text.lstrip()[:1] == "<" else "cut off or broken"
        raise ParseError(f"the document is not JSON, but {kind}") from error


def _loads(text: str) -> Any:
    # strict=False lets control characters through; numbers stay texts.
    return json.loads(text, strict=False, parse_int=str, parse_float=str, parse_constant=str)


def _quoted(found: re.Match[str]) -> str:
    value = found.group(1)
    return found.group(0) if _NUMBER.fullmatch(value) else f'":"{value}"'


def _sources(source: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each mount with its fields. `source` is absent, one object, an array of them, or (2.5) an object by mount."""
    if isinstance(source, dict) and "listenurl" not in source:
        yield from ((_text(mount), fields) for mount, fields in source.items() if isinstance(fields, dict))
        return
    for fields in source if isinstance(source, list) else [source]:
        if isinstance(fields, dict) and isinstance(url := fields.get("listenurl"), str):
            yield _path(_text(url)), fields


def _path(listenurl: str) -> str:
    """The mount, which 2.4's JSON tells by `listenurl` alone: made of the configured host name, not percent-encoded."""
    return "/" + listenurl.split("//", 1)[-1].partition("/")[2]


def _texts(fields: dict[str, Any]) -> dict[str, str]:
    """The plain fields as texts, by lower-case name; objects, arrays and nulls left out."""
    return {name.lower(): _text(value) for name, value in fields.items() if isinstance(value, str | bool)}


def _text(value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.encode("utf-8", "replace").decode()  # JSON can name half a surrogate pair, which UTF-8 cannot
