"""`/api/v1/openapi.json`: what can be asked and told over HTTP, and how the answers look, as OpenAPI 3.1.

The shapes of the answers are made from the structs that are answered, so the two cannot differ.
Format: https://spec.openapis.org/oas/v3.1.0
"""

import re
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from exporter import __version__
from exporter.event import CATEGORIES, LEVELS
from exporter.reports.query import DAY_DAYS, ROW_DAYS
from exporter.sam.reading import SONGTYPES
from exporter.web.api.current import Current
from exporter.web.api.events import LONGEST_TEXT, MOST, MOST_BEHIND, EventPage
from exporter.web.api.export import ALL_TYPES, FORMATS, KINDS
from exporter.web.api.music import HIGHEST_ID, SongHistory, Studios
from exporter.web.api.openapi_doors import DOORS
from exporter.web.api.openapi_parts import ERROR, INTEGER, TEXT, failure, json, paging, parameter, path, reference
from exporter.web.api.reading import answer
from exporter.web.api.stats import DAILY, Places, Report

routes = web.RouteTableDef()

DAY = 86_400

_MOMENT = "a date (midnight of the station), ISO 8601 with a zone, or Unix seconds"
_FROM = parameter("from", f"where to begin: {_MOMENT}")
_TO = parameter("to", f"where to end, itself not included: {_MOMENT}; default: now")
_CHANNEL = parameter("channel", "one channel; empty = the station as a whole; without it both")
_PAGING = paging("periods")
_BY = parameter("by", "what a row is about", {"enum": list(DAILY), "default": "day"})

_TYPES = {"enum": [ALL_TYPES, *SONGTYPES], "default": ALL_TYPES}
_SONGTYPE = parameter("songtype", "of `plays`: one type alone, by the letter SAM writes", _TYPES)
_SERVER = parameter("server", "a studio: a name under `sam`")
_SONG_ID = parameter(
    "song_id", "of the studio's library", INTEGER | {"minimum": 1, "maximum": HIGHEST_ID}, required=True
)

_NUMBERED = {"sessions": INTEGER}


def _listed(*names: str, **more: Any) -> dict[str, Any]:
    """A list of objects with a number of sessions each."""
    fields = dict.fromkeys(names, TEXT) | more | _NUMBERED
    return {
        "type": "array",
        "items": {"type": "object", "required": list(fields), "properties": fields, "additionalProperties": False},
    }


_COORDINATE = {"type": ["number", "null"]}
_BY_DIMENSION = {
    "server": _listed("server"),
    "channel": _listed("server", "channel"),
    "country": _listed("country"),
    "protocol": _listed("protocol"),
    "player": _listed("player"),
    "player_class": _listed("player_class"),
}
_ACTIVE = {
    "type": "object",
    "description": "Sessions of persons that are open now. Cities with few listeners are together in `other`.",
    "required": [*_BY_DIMENSION, "city"],
    "properties": _BY_DIMENSION | {"city": _listed("country", "city", latitude=_COORDINATE, longitude=_COORDINATE)},
    "additionalProperties": False,
}


def _report(summary: str, days: int, *parameters: dict[str, Any]) -> dict[str, Any]:
    return path(
        f"{summary}; {days} days at most",
        (_FROM, _TO, *parameters, _CHANNEL, *_PAGING),
        {
            "200": json("Figures; `Link: rel=next` and `next` lead to the next page", reference("Report"), tagged=True),
            "304": {"description": "as you have it"},
            "400": failure("A parameter cannot be used; the answer says what is allowed"),
        },
    )


def _read(summary: str, schema: dict[str, Any], *parameters: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": json(summary, schema, tagged=True), "304": {"description": "as you have it"}}
    return path(summary, parameters, answers | {"400": failure("A parameter cannot be used")})


def _export() -> dict[str, Any]:
    rows = [{"type": "array", "items": reference(kind.rows.__name__)} for kind in KINDS.values()]
    found = json("The rows, streamed", {"anyOf": [row for at, row in enumerate(rows) if row not in rows[:at]]})
    found["content"]["text/csv"] = {"schema": {"type": "string", "description": "RFC 4180 with a header, UTF-8"}}
    kinds = parameter("kind", "which rows", {"enum": list(KINDS)}, required=True)
    form = parameter("format", "how they are written", {"enum": list(FORMATS), "default": "csv"})
    mark = parameter("bom", "1 = begin CSV with a byte order mark, for Excel", {"enum": [0, 1], "default": 0})
    return path(
        f"Rows as CSV or JSON; {ROW_DAYS} days at most, {DAY_DAYS} of `daily` and `royalty`",
        (kinds, form, _FROM, _TO, mark, _BY, _CHANNEL, _SONGTYPE),
        {"200": found, "400": failure("A parameter cannot be used")},
    )


def _song() -> dict[str, Any]:
    summary = f"The plays of one song, newest first; {DAY_DAYS} days at most"
    server = _SERVER | {"description": "a studio, as it is called under `sam`; needed where there are several"}
    return _read(summary, reference("SongHistory"), server, _SONG_ID, _FROM, _TO, *paging("plays"))


def _live() -> dict[str, Any]:
    shape = {"description": "a WebSocket; each message is a `Current` without cities"}
    found = {"101": shape, "403": failure("The page's origin is not allowed"), "426": failure("Not a WebSocket")}
    return path("The figures of the moment, whenever they change", (), found)


def _some(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    """A parameter that takes several words."""
    return parameter(name, f"one or several of {', '.join(words)}, with commas between them; default: all")


_OF_KINDS = _some("level", LEVELS), _some("category", CATEGORIES)


def _events() -> dict[str, Any]:
    words = "words that all are in it, in any order; with `*` behind it the beginning of a word"
    text = parameter("q", words, TEXT | {"maxLength": LONGEST_TEXT})
    limit = parameter("limit", "how many events", INTEGER | {"minimum": 1, "maximum": MOST})
    offset = parameter("offset", "how many newer ones to pass over", INTEGER | {"minimum": 0, "maximum": MOST_BEHIND})
    return _read("What happened, newest first", reference("EventPage"), *_OF_KINDS, text, _FROM, _TO, limit, offset)


def _live_events() -> dict[str, Any]:
    shape = {"description": "a WebSocket; each message is an `EventRow`"}
    found = {
        "101": shape,
        "400": failure("A parameter cannot be used"),
        "403": failure("The page's origin is not allowed"),
        "426": failure("Not a WebSocket"),
    }
    return path("Each event, as it is kept", _OF_KINDS, found)


_THIS = {
    "summary": "This document",
    "responses": {
        "200": json("The document", {"type": "object"}, tagged=True),
        "304": {"description": "as you have it"},
    },
    "security": [{}],
}


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    _, schemas = msgspec.json.schema_components(
        (Current, Report, Places, Studios, SongHistory, EventPage, *(kind.rows for kind in KINDS.values())),
        ref_template="#/components/schemas/{name}",
    )
    schemas["Current"]["properties"]["active"] = {"allOf": [reference("ActiveByDimension")]}
    by_dimension = _ACTIVE | {"required": list(_BY_DIMENSION), "properties": _BY_DIMENSION}
    current = "The moment, the last four quarter-hours, today so far"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "radio-exporter",
            "version": re.sub(r"\+.*", "", __version__),
            "summary": "Who listens to the radio, what it plays, and what servers tell of it",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/stats/active": {"get": _read("The sessions of the moment", reference("Active"))},
            "/api/v1/stats/current": {"get": _read(current, reference("Current"))},
            "/api/v1/stats/hourly": {"get": _report("Figures by the hour", ROW_DAYS)},
            "/api/v1/stats/daily": {"get": _report("Figures by day, week, month or part of the day", DAY_DAYS, _BY)},
            "/api/v1/stats/geo": {"get": _read("Listening by country", reference("Places"), _FROM, _TO, _CHANNEL)},
            "/api/v1/stats/export": {"get": _export()},
            "/api/v1/stats/live": {"get": _live()},
            "/api/v1/music/now": {"get": _read("What the studios play", reference("Studios"), _SERVER)},
            "/api/v1/music/song": {"get": _song()},
            "/api/v1/openapi.json": {"get": _THIS},
            **DOORS,
            "/api/v1/events": {"get": _events(), **DOORS["/api/v1/events"]},
            "/api/v1/events/live": {"get": _live_events()},
        },
        "components": {
            "schemas": schemas | {"Active": _ACTIVE, "ActiveByDimension": by_dimension, "Error": ERROR},
            "securitySchemes": {
                "read": {"type": "http", "scheme": "bearer", "description": "`api.token`, if one is configured"},
                "push": {"type": "http", "scheme": "bearer", "description": "`ingest.token`"},
                "push_basic": {"type": "http", "scheme": "basic", "description": "`ingest.username` and its password"},
            },
        },
    }


@routes.get("/api/v1/openapi.json")
async def openapi(request: web.Request) -> web.Response:
    """The document. It tells nothing of the station, so it needs no token."""
    return answer(request, document(), max_age=DAY)
