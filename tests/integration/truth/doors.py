"""Every door and every page of an exporter, used rightly and wrongly, by people with addresses that are known."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from tests.integration.truth.exporter_process import LOCAL, TOKEN, Exporter
from tests.integration.truth.search import Search

AGENT = "VLC/3.0.18 unheard-of-0815"

PUSHED = [f"198.18.77.{last}" for last in range(1, 30)]
PUSHED += [f"2001:db8:77:{last:x}::{last:x}:abcd" for last in range(1, 15)]
PUSHED += [
    "::ffff:198.18.77.31",
    "2001:DB8:77:AA::1",
    "[2001:db8:77:bb::1]",
    "2001:db8:77:cc::1%eth0",
    "198.18.77.32:5555",
    "198.18.77.999",
]
LISTENING = [f"127.77.{last}.77" for last in range(1, 10)]
BROWSING = [f"198.19.77.{last}" for last in range(1, 10)]
STRANGERS = [f"198.18.78.{last}" for last in range(1, 200)]
"""Whose requests are refused. Each is used once."""

KNOCKING, KNOCKED = "127.88.1.2", "198.18.78.250"

SEARCH = Search([*PUSHED, *LISTENING, *BROWSING, *STRANGERS, KNOCKING, KNOCKED], [AGENT, "unheard-of"])

BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {**BEARER, "Content-Type": "application/json"}


def play(address: Any, number: int, kind: str, old: bool, **more: Any) -> dict[str, Any]:
    """A play event of an hour ago, in the present form of Flussonic or in the one before."""
    began = time.time_ns() // 1_000_000 - 3_600_000 + number * 1000
    event = {"event": f"play_{kind}", "id": f"session-{number}", "server": "edge", "media": "live", "proto": "hls"}
    event |= {"ip": address, "user_agent": AGENT, "opened_at": began}
    if old:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(began / 1000 + (kind == "closed")))
        event |= {"time": moment, "bytes": 1000} | ({"closed_at": began + 90_000} if kind == "closed" else {})
    else:
        event |= {"event_id": f"{number}-{kind}", "utc_ms": began, "started_at": began}
        event |= {"closed_at": began + 90_000} if kind == "closed" else {}
    return event | more


class Visitor:
    """Asks the exporter for things, and keeps every answer whole."""

    def __init__(self, exporter: Exporter, session: aiohttp.ClientSession) -> None:
        self._exporter, self._session = exporter, session
        self.heard: dict[str, bytes] = {}
        self._strangers = iter(STRANGERS)

    async def ask(self, method: str, path: str, status: int | range, **more: Any) -> None:
        """Ask once; the status must be this one, or one of these."""
        url = f"{self._exporter.url}{path}"
        async with self._session.request(method, url, allow_redirects=False, **more) as reply:
            body = await reply.read()
            said = f"{method} {path} {len(self.heard)}"
            assert reply.status in (status if isinstance(status, range) else [status]), (
                f"{said}: {reply.status} {body[:200]!r}"
            )
            headers = b"".join(name + b": " + value + b"\n" for name, value in reply.raw_headers)
            self.heard[said] = headers + body

    async def watch(self, path: str) -> None:
        """Take one message of a WebSocket."""
        async with self._session.ws_connect(f"{self._exporter.url}{path}") as socket:
            self.heard[path] = (await socket.receive_str(timeout=10)).encode()

    async def refused(self, method: str, path: str, body: str = "", *, or_not: bool = False, **headers: str) -> None:
        """As `ask`, for a refusal. Every `ADDRESS` becomes one that is used nowhere else. `or_not`: it may be taken."""
        address = next(self._strangers)
        headers = {name: value.replace("ADDRESS", address) for name, value in {**JSON, **headers}.items()}
        await self.ask(
            method,
            path.replace("ADDRESS", address),
            range(200 if or_not else 400, 500),
            data=body.replace("ADDRESS", address),
            headers=headers,
        )


async def told_by_every_door(visitor: Visitor) -> None:
    """What goes well."""
    for start in range(0, len(PUSHED), 10):
        batch = [
            play(address, start + place, kind, old=place % 2 == 0)
            for place, address in enumerate(PUSHED[start : start + 10])
            for kind in ("started", "closed")
        ]
        await visitor.ask("POST", "/api/webhook", 200, json=batch, headers=JSON)
    mapped = {"event": "connect", "id": 7, "media": "live", "time": time.time(), "ip": PUSHED[0], "user_agent": AGENT}
    await visitor.ask("POST", "/api/webhook?mapping=wowza", 200, json=mapped, headers=JSON)
    for number, address in enumerate(PUSHED[:12]):
        form = {
            "action": "listener_remove",
            "server": LOCAL,
            "port": "1",
            "client": 90_000 + number,
            "mount": "/live.mp3",
        }
        form |= {"user": "", "pass": "", "duration": "75", "ip": address, "agent": AGENT}
        await visitor.ask("POST", "/api/v1/icecast/auth", 200, data=form, headers=BEARER)
    for address in BROWSING:
        seen = {"X-Forwarded-For": address, "User-Agent": AGENT, "Referer": "https://radio.example/listen"}
        await visitor.ask("GET", "/listen/live", 302, headers=seen)
        seen["Origin"] = "https://radio.example"
        await visitor.ask("POST", "/api/v1/listens", 204, json={"source": "live", "duration": 5}, headers=seen)


HOOK, AUTH, PLAYS = "/api/webhook", "/api/v1/icecast/auth", "/api/v1/listens"
EVENT = json.dumps(play("ADDRESS", 500, "started", old=False))

NO_EVENTS = (
    "ADDRESS",
    "[{'ip': 'ADDRESS'}",
    f"[{EVENT}",
    f'[{EVENT}, "ADDRESS"]',
    '{"ip": "ADDRESS"}',
    '"ADDRESS"',
    "[" * 50_000 + '"ADDRESS"',
    '["ADDRESS", "' + "x" * 70_000 + '"]',
    json.dumps(play({"ADDRESS": "ADDRESS"}, 502, "started", old=False)),
)
NO_FORMS = (
    "action=ADDRESS",
    "action=listener_remove&client=ADDRESS",
    "action=listener_remove&client=5&duration=ADDRESS",
)
NO_PLAYS = (
    "ADDRESS",
    '{"source": "ADDRESS"}',
    '{"source": {"ADDRESS": 1}}',
    '{"source": "live", "duration": "ADDRESS"}',
)


async def told_badly(visitor: Visitor) -> None:
    """What is refused, with an address wherever one can stand."""
    await _webhooks(visitor)
    for fields in NO_FORMS:
        await visitor.refused("POST", AUTH, f"{fields}&ip=ADDRESS&agent={quote(AGENT)}")
    await visitor.refused("POST", f"{AUTH}?server=ADDRESS", "action=listener_remove&client=5&duration=1")
    for body in NO_PLAYS:
        await visitor.refused("POST", PLAYS, body)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    await visitor.refused("POST", PLAYS, urlencode({"source": "live", "duration": "ADDRESS"}), **form)
    await visitor.refused("POST", PLAYS, "{}", Origin="http://ADDRESS", Authorization="")
    await visitor.refused("GET", "/listen/ADDRESS")
    for path in (HOOK, AUTH, PLAYS):
        for shown in ("Bearer ADDRESS", "Basic ADDRESS", "ADDRESS"):
            await visitor.refused("POST", path, EVENT, Authorization=shown)


async def _webhooks(visitor: Visitor) -> None:
    for body in NO_EVENTS:
        await visitor.refused("POST", HOOK, body)
    for field in ("event", "id", "media", "utc_ms", "started_at", "time", "user_agent", "proto", "bytes", "opened_at"):
        wrong = {"ADDRESS": 1} if field in ("event", "id", "media", "user_agent", "proto") else "ADDRESS"
        odd = json.dumps(play("ADDRESS", 501, "closed", old=True, **{field: wrong}))
        await visitor.refused("POST", HOOK, odd, or_not=True)
    await visitor.refused("POST", f"{HOOK}?mapping=ADDRESS", EVENT)
    await visitor.refused("POST", f"{HOOK}?mapping=wowza", '{"event": "connect", "id": 1, "time": "ADDRESS"}')
    await visitor.refused("POST", HOOK, EVENT, **{"Content-Encoding": "ADDRESS"})
    await visitor.refused("POST", HOOK, EVENT, **{"Content-Encoding": "gzip"})


async def told_while_the_store_is_locked(visitor: Visitor, exporter: Exporter) -> None:
    """Another program holds the database: nothing can be kept, and the log says why."""
    with closing(sqlite3.connect(exporter.state / "radio.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        batch = [play(address, number, "started", old=False) for number, address in enumerate(PUSHED, 600)]
        await visitor.ask("POST", "/api/webhook", 503, json=batch, headers=JSON)
        await visitor.ask("GET", "/-/ready", 503)
        other.execute("ROLLBACK")
    await exporter.ready()


async def asked_badly(visitor: Visitor) -> None:
    """Questions that cannot be answered."""
    for path in ("hourly", "daily", "geo", "export"):
        for name in ("from", "to", "limit", "offset", "by", "kind", "format"):
            await visitor.refused("GET", f"/api/v1/stats/{path}?{name}=ADDRESS")
    for path in ("/stats/active?x=ADDRESS", "/api/v1/stats/current?x=ADDRESS", "/probe?target=ADDRESS"):
        await visitor.refused("GET", path)
    await visitor.refused("GET", "/api/v1/stats/live")
    await visitor.refused(
        "GET",
        "/api/v1/stats/live",
        Upgrade="websocket",
        Connection="Upgrade",
        Origin="http://ADDRESS",
        **{"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x" * 24},
    )
    await visitor.refused("GET", "/ADDRESS")
    await visitor.refused("DELETE", "/api/webhook")


async def knock(exporter: Exporter) -> bytes:
    """What is no HTTP at all, from an address of its own."""
    heard = b""
    for said in (
        b"\x16\x03\x01 hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Forwarded-For " + KNOCKED.encode() + b"\r\n\r\n",
        b"POST /api/webhook HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET /\xff HTTP/9\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(LOCAL, exporter.port, local_addr=(KNOCKING, 0))
        writer.write(said)
        answer = await asyncio.wait_for(reader.read(), 10)
        assert b" 400 " in answer, said
        heard += answer
        writer.close()
        await writer.wait_closed()
    return heard


async def asked_well(visitor: Visitor, exporter: Exporter) -> None:
    """Every page there is; which there are, the exporter's own description of its API says."""
    status, text = await exporter.get("/api/v1/openapi.json")
    assert status == 200, text
    described = json.loads(text)["paths"]
    paths = [path for path, methods in described.items() if "get" in methods and "{" not in path]
    paths = [
        path for path in paths if not any(one.get("required") for one in described[path]["get"].get("parameters", ()))
    ]
    kinds = next(one for one in described["/api/v1/stats/export"]["get"]["parameters"] if one["name"] == "kind")
    exports = [f"/api/v1/stats/export?kind={kind}" for kind in kinds["schema"]["enum"]]
    paths = [path for path in paths if not path.endswith(("/export", "/live"))]
    paths += [f"{path}&format={form}" for path in exports for form in ("csv", "json")]
    assert len(paths) > 14
    for path in (
        *paths,
        "/",
        "/metrics",
        "/sd",
        "/health",
        "/-/ready",
        "/probe?target=main",
        "/api/v1/stats/hourly?limit=1",
    ):
        await visitor.ask("GET", path, 200)
    await visitor.watch("/api/v1/stats/live")
