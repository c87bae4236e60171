"""A stand-in for a Shoutcast DNAS v2 whose listeners come and go. It shows the pages to browsers alone, as v1 did."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

from tests.shoutcast.test_reading import STREAM

PASSWORD = "hackme"


def listener(uid: object, seconds: object, host: str = "192.0.2.1", **more: Any) -> dict[str, Any]:
    """An entry as the published format has it: every number a text."""
    said = {"hostname": host, "useragent": "VLC/3.0", "connecttime": str(seconds), "uid": str(uid), "type": "0"}
    return {**said, "referer": "", "xff": "", "grid": "0", "triggers": "0", **more}


class Dnas:
    """`streams` = the listeners of each; `lists` = what is answered instead of a list; `gone` = streams without a page."""

    def __init__(self) -> None:
        self.streams: dict[int, list[dict[str, Any]]] = {}
        self.lists: dict[int, web.Response] = {}
        self.gone: set[int] = set()
        self.asked: Counter[str] = Counter()
        self.url = ""

    async def statistics(self, _: web.Request) -> web.Response:
        """`/statistics?json=1`."""
        streams = [{**STREAM, "id": sid, "currentlisteners": len(there)} for sid, there in self.streams.items()]
        return web.json_response({"totalstreams": len(streams), "streams": streams})

    async def admin(self, request: web.Request) -> web.Response:
        """`/admin.cgi`."""
        self.asked[request.query_string] += 1
        sid = int(request.query["sid"])
        if "Mozilla" not in request.headers["User-Agent"]:
            return web.Response(text="ICY 200 OK")
        if request.headers.get("Authorization") != encode_basic_auth("admin", PASSWORD):
            return web.Response(status=401)
        if sid in self.gone:
            return web.Response(status=404)
        if (instead := self.lists.get(sid)) is not None:
            return web.Response(status=instead.status, body=instead.body)
        return web.json_response(self.streams[sid])


@asynccontextmanager
async def dnas() -> AsyncIterator[Dnas]:
    """One that runs."""
    server = Dnas()
    app = web.Application()
    app.add_routes([web.get("/statistics", server.statistics), web.get("/admin.cgi", server.admin)])
    async with TestServer(app) as running:
        server.url = f"http://{running.host}:{running.port}"
        yield server
