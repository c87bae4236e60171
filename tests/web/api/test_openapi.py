"""The OpenAPI document holds every route, and answers look as it says."""

import re
import time
from typing import Any

import pytest
from aiohttp import web

from exporter.web.api.openapi import document
from tests.reports.airplay import hour, studio_section
from tests.reports.listening import Session, play, plays
from tests.web.api.figures import at, begin, database, get, listened

SPOKEN = ("/api", "/stats", "/listen")


async def test_every_route_is_in_it_and_nothing_else() -> None:
    async with listened() as client:
        routes = {(_path(route), route.method) for route in client.app.router.routes()}
        written = await get(client, "/api/v1/openapi.json")
    there = {(path, method) for path, method in routes if path.startswith(SPOKEN) and method not in ("HEAD", "OPTIONS")}
    assert {(path, method.upper()) for path, item in written["paths"].items() for method in item} == there


def _path(route: web.AbstractRoute) -> str:
    return re.sub(r"\{(\w+):.*\}", r"{\1}", route.resource.canonical if route.resource else "")


def faults(value: Any, schema: dict[str, Any], place: str = "answer") -> list[str]:
    """What of a value is not as the schema says; as much of JSON Schema as the document uses."""
    if "$ref" in schema:
        return faults(value, document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], place)
    found = [fault for part in schema.get("allOf", ()) for fault in faults(value, part, place)]
    if "anyOf" in schema and all(faults(value, part, place) for part in schema["anyOf"]):
        found.append(f"{place}: none of several")
    if "type" in schema and not any(_is(value, name) for name in _list(schema["type"])):
        return [*found, f"{place}: {type(value).__name__} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if isinstance(value, dict) and "properties" in schema:
        found += [f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        found += [f"{place}.{name} is not in the document" for name in value if name not in schema["properties"]]
        for name in value.keys() & schema["properties"].keys():
            found += faults(value[name], schema["properties"][name], f"{place}.{name}")
    if isinstance(value, list) and "items" in schema:
        found += [fault for at, item in enumerate(value) for fault in faults(item, schema["items"], f"{place}[{at}]")]
    return found


def _list(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else names


def _is(value: Any, name: str) -> bool:
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "object": dict,
        "array": list,
        "null": type(None),
    }
    return isinstance(value, kinds[name]) and (not isinstance(value, bool) or name == "boolean")


EXPORTS = [f"/api/v1/stats/export?kind={kind}&format=json&from=2026-03-09&to=2026-03-12" for kind in
           ("sessions", "hourly", "daily", "geo", "listens", "royalty", "plays")]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/stats/active", "/api/v1/stats/current", "/api/v1/stats/hourly?from=2026-03-10&to=2026-03-11",
        "/api/v1/stats/daily?by=part&from=2026-03-10&to=2026-03-11&limit=2",
        "/api/v1/stats/geo?from=2026-03-10&to=2026-03-11", *EXPORTS,
        "/api/v1/stats/export?kind=plays&songtype=J&format=json&from=2026-03-09&to=2026-03-12",
        "/api/v1/music/now?server=studio-a", "/api/v1/events?level=info&category=system&q=exporter&limit=1&offset=0",
        "/api/v1/music/song?server=studio-a&song_id=7&from=2026-03-10&to=2026-03-11&limit=1&offset=0",
    ],
)  # fmt: skip
async def test_answers_look_as_it_says(path: str) -> None:
    sessions = [Session(at("2026-03-10T10:00"), at("2026-03-10T11:00"), country="US", city="Springfield")]
    async with listened(sessions, sam=[studio_section("studio-a")]) as client:
        await database(client).write(lambda connection: plays(connection, [play(at("2026-03-10T10:00"))]))
        await database(client).write(lambda connection: hour(connection, at("2026-03-10T10:00")))
        await begin(client, "anna", city="Ulm")
        found = await get(client, path)
    answers = document()["paths"][path.partition("?")[0]]["get"]["responses"]
    assert found
    assert isinstance(found, list) or found.get("rows", True)
    assert faults(found, answers["200"]["content"]["application/json"]["schema"]) == []
    asked = {parameter["name"] for parameter in document()["paths"][path.partition("?")[0]]["get"]["parameters"]}
    assert set(re.findall(r"[?&](\w+)=", path)) <= asked


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/stats/daily?by=x", 400), ("/api/v1/stats/live", 426), ("/api/v1/stats/geo?from=x", 400),
        ("/api/v1/music/now?server=x", 400), ("/api/v1/events?level=bad", 400), ("/api/v1/events/live", 426), ("/api/v1/music/song?song_id=x", 400),
    ],
)  # fmt: skip
async def test_refusals_look_as_it_says(path: str, status: int) -> None:
    async with listened() as client:
        found = await get(client, path, status)
    answers = document()["paths"][path.partition("?")[0]]["get"]["responses"]
    assert faults(found, answers[str(status)]["content"]["application/json"]["schema"]) == []


async def test_doors_answer_as_it_says() -> None:
    """The document was written beside the doors, not made from them."""
    opened = {
        "ingest": {"allow_networks": ["127.0.0.0/8"]},
        "listens": {"sources": {"jazz": "http://127.0.0.1:8/jazz"}},
        "playout": [{"engine": "studio-a"}],
    }
    now = int(time.time() * 1000)
    started = {
        "event": "play_started",
        "id": "1",
        "server": "one",
        "media": "jazz",
        "ip": "192.0.2.1",
        "started_at": now,
    }
    remove = {"action": "listener_remove", "client": "7", "mount": "/live", "duration": "5", "ip": "192.0.2.1"}
    asked: list[tuple[str, str, int, dict[str, Any]]] = [
        ("POST", "/api/webhook", 200, {"json": [started]}),
        ("POST", "/api/webhook", 400, {"data": b"{"}),
        ("POST", "/api/webhook?mapping=none", 400, {"json": []}),
        ("POST", "/api/v1/icecast/auth", 200, {"data": remove}),
        ("POST", "/api/v1/icecast/auth", 400, {"data": {"action": "dance"}}),
        ("POST", "/api/v1/listens", 204, {"json": {"source": "jazz", "duration": 61}}),
        ("POST", "/api/v1/listens", 400, {"json": {"source": "rock"}}),
        ("POST", "/api/v1/playout/health", 200, {"json": {"engine": "studio-a", "decks": {"a": {"fill": 0.5}}}}),
        ("POST", "/api/v1/playout/health", 400, {"json": {"engine": "studio-b"}}),
        ("POST", "/api/v1/events", 200, {"json": {"event": "x", "message": "x", "category": "audio"}}),
        ("POST", "/api/v1/events", 400, {"json": [{"event": "x", "message": "x", "category": "weather"}]}),
        ("GET", "/listen/jazz", 302, {"allow_redirects": False}),
        ("GET", "/listen/rock", 404, {}),
    ]
    async with listened(**opened) as client:
        for method, path, status, how in asked:
            async with client.request(method, path, **how) as reply:
                found = await reply.json() if reply.content_type == "application/json" else None
                assert reply.status == status, (path, found)
            assert (
                faults_of(
                    path.partition("?")[0].replace("jazz", "{source}").replace("rock", "{source}"),
                    method,
                    status,
                    found,
                )
                == []
            )


def faults_of(path: str, method: str, status: int, found: Any) -> list[str]:
    """What of an answer is not as the document says."""
    answers = document()["paths"][path][method.lower()]["responses"]
    if "content" not in answers[str(status)]:
        return [] if found is None else ["the document knows of no content"]
    return faults(found, answers[str(status)]["content"]["application/json"]["schema"])


def test_every_reference_leads_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    assert set(re.findall(r"'#/components/schemas/(\w+)'", str(document()))) <= set(schemas)
    assert faults({"error": 1}, schemas["Error"]) == ["answer.error: int is no string"]  # the test itself can fail
