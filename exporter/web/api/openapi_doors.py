"""The part of the OpenAPI document about what others tell: play events, listeners, plays, a playout's health."""

from typing import Any

from exporter.event import CATEGORIES, LEVELS, LONGEST_MESSAGE
from exporter.ingest.events import MOST_EVENTS
from exporter.web.api.openapi_parts import INTEGER, TEXT, failure, json, parameter

_PUSH: list[dict[str, list[str]]] = [{"push": []}, {"push_basic": []}, {}]

_REFUSED = {
    "400": failure("It cannot be read; the answer names the place in it"),
    "401": failure("Token or password are missing or wrong"),
    "403": failure("The door is shut: nothing that opens it is configured"),
    "408": failure("The body took too long"),
    "413": failure("The body is too large: `ingest.max_body`, 4 KiB for a play, 64 KiB for health"),
    "415": failure("It is packed with something else than gzip"),
    "429": failure("Too many requests; `Retry-After` says when to come again"),
    "503": failure("It cannot be stored now: keep it and send it again"),
}

_TAKEN = {
    "type": "object",
    "required": ["accepted", "ignored"],
    "properties": {"accepted": INTEGER, "ignored": INTEGER},
    "additionalProperties": False,
}

# What else a sender writes beside these is passed over.
_EVENT = {
    "type": "object",
    "required": ["event", "id"],
    "properties": {
        "event": {"type": "string", "examples": ["play_started", "play_updated", "play_closed"]},
        "event_id": TEXT,
        "id": {"type": "string", "description": "of the session"},
        "server": TEXT,
        "media": TEXT,
        "ip": TEXT,
        "country": TEXT,
        "proto": TEXT,
        "user_agent": TEXT,
        "bytes": INTEGER,
        "opened_at": {"type": "integer", "description": "Unix time in milliseconds"},
        "started_at": {"type": "integer", "description": "Unix time in milliseconds"},
        "updated_at": {"type": "integer", "description": "Unix time in milliseconds"},
        "closed_at": {"type": "integer", "description": "Unix time in milliseconds"},
        "utc_ms": {"type": "integer", "description": "Unix time in milliseconds"},
        "time": {"type": "string", "description": "ISO 8601"},
        "reason": TEXT,
    },
}

_FORM = {
    "type": "object",
    "required": ["action"],
    "properties": {
        "action": {"enum": ["listener_add", "listener_remove", "mount_add", "mount_remove"]},
        **dict.fromkeys(("server", "port", "client", "mount", "duration", "sent", "ip", "agent"), TEXT),
    },
}

_PLAY = {
    "type": "object",
    "required": ["source"],
    "properties": {
        "source": {"type": "string", "description": "a name under `listens.sources`"},
        "duration": {"type": ["number", "null"], "description": "seconds, where known"},
    },
}

_NUMBER = {"type": ["number", "null"]}
_FLAG = {"type": ["boolean", "null"]}


def _named(most: int, **properties: dict[str, Any]) -> dict[str, Any]:
    each = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "object", "maxProperties": most, "additionalProperties": each}


_HEALTH = {
    "type": "object",
    "required": ["engine"],
    "properties": {
        "engine": {"type": "string", "description": "a name under `playout`"},
        "time": {"type": ["number", "string", "null"], "description": "Unix seconds or milliseconds, or ISO 8601"},
        "cpu": _NUMBER | {"description": "0 to 1"},
        "memory_bytes": _NUMBER,
        "stream_connected": _FLAG,
        "mysql_connected": _FLAG,
        "encoders_active": _NUMBER,
        "decoder_latency_seconds": _NUMBER | {"description": "of all decks together"},
        "decks": _named(
            16,
            fill=_NUMBER | {"description": "0 to 1"},
            seconds=_NUMBER,
            underruns=_NUMBER | {"description": "a running total"},
            decoder_latency_seconds=_NUMBER,
        ),
        "encoders": _named(32, up=_FLAG, bitrate_bytes_per_second=_NUMBER),
    },
    "additionalProperties": False,
}


def _body(**schemas: dict[str, Any]) -> dict[str, Any]:
    types = {"json": "application/json", "form": "application/x-www-form-urlencoded", "text": "text/plain"}
    return {"required": True, "content": {types[name]: {"schema": schema} for name, schema in schemas.items()}}


def _door(summary: str, body: dict[str, Any], answers: dict[str, Any], *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "summary": summary,
            "parameters": list(parameters),
            "requestBody": body,
            "responses": answers | _REFUSED,
            "security": _PUSH,
        }
    }


_WEBHOOK = _door(
    "Play events of a streaming server; committed when answered",
    _body(json={"anyOf": [{"type": "array", "items": _EVENT}, _EVENT, {"type": "object"}]}),
    {"200": json("What was taken, and what was not of interest", _TAKEN)},
    parameter("mapping", "a name under `ingest.mappings`; without it Flussonic's fields are read"),
)

_ICECAST = _door(
    "Icecast's URL authentication",
    _body(form=_FORM),
    {
        "200": json("Let the listener in", _TAKEN)
        | {"headers": {"icecast-auth-user": {"description": "always 1", "schema": TEXT}}}
    },
    parameter("server", "a name under `icecast`, where the post itself does not tell which one it is"),
)

_LISTENS = _door(
    "A page of `listens.allow_origins`, or a player, reports a play; committed when answered",
    _body(json=_PLAY, text=TEXT, form=_PLAY),
    {"204": {"description": "Kept"}},
)

_PLAYOUT = _door(
    "A playout engine tells how it is, or a part of that; it is not stored",
    _body(json=_HEALTH),
    {"200": json("How many values were taken, and how many were too old or too many", _TAKEN)},
)

_HAPPENED = {
    "type": "object",
    "required": ["category", "event", "message"],
    "properties": {
        "event": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "message": {"type": "string", "description": f"one line; cut behind {LONGEST_MESSAGE} characters"},
        "category": {"enum": list(CATEGORIES)},
        "level": {
            "type": "string",
            "description": f"{', '.join(LEVELS)}, or what logging libraries call them",
            "default": "info",
        },
        "time": {
            "type": ["string", "number", "null"],
            "description": "ISO 8601 with a zone, or Unix time in seconds or milliseconds; without it now",
        },
        "source": {"type": ["string", "null"], "description": "who says so; kept as `pushed/…`"},
        "deck": {"type": ["string", "integer", "null"]},
        "song_id": {"type": ["integer", "null"], "minimum": 0},
        "encoder_id": {"type": ["string", "integer", "null"]},
        "metadata": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
    },
}

_EVENTS = _door(
    f"Events of engines and scripts, {MOST_EVENTS} at most; committed when answered",
    _body(json={"anyOf": [{"type": "array", "items": _HAPPENED}, _HAPPENED]}),
    {
        "200": json("How many were kept, and how many were there already or too old", _TAKEN),
        "422": failure("The store's database does not take what is in one of them: sending it again is of no use"),
    },
)

_LISTEN = {
    "summary": "Count a play and send the player on to the stream",
    "parameters": [parameter("source", "a name under `listens.sources`", place="path")],
    "responses": {
        "302": {"description": "To the stream", "headers": {"Location": {"schema": TEXT}}},
        "404": failure("There is no such source"),
        "429": failure("Too many plays a second from one address"),
    },
    "security": [{}],
}

DOORS: dict[str, Any] = {
    "/api/webhook": _WEBHOOK,
    "/api/v1/icecast/auth": _ICECAST,
    "/api/v1/listens": _LISTENS,
    "/api/v1/playout/health": _PLAYOUT,
    "/api/v1/events": _EVENTS,
    "/listen/{source}": {"get": _LISTEN},
}
