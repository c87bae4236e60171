"""`GET /listen/{source}` and `POST /api/v1/listens`: plays that browsers and players report themselves."""

from aiohttp import hdrs, web

from exporter.audience.facts import Listener
from exporter.clock import milliseconds
from exporter.config.schema import Listens
from exporter.ingest import listens, reading
from exporter.ingest.reading import Unreadable
from exporter.web.doors import bodies
from exporter.web.doors.door import DOORS, Doors, through
from exporter.web.doors.refusal import Refusal, too_often

routes = web.RouteTableDef()

LARGEST_PLAY = 4096
"""Bytes of a reported play. Anybody may send one."""

PROTOCOL = "listen"


@routes.get("/listen/{source}")
async def listen(request: web.Request) -> web.StreamResponse:
    """Count the play and send the browser on to the stream."""

    async def work(doors: Doors) -> web.StreamResponse:
        source = request.match_info["source"]
        address = doors.config.listens.sources.get(source)
        if address is None:
            return web.json_response({"error": "there is no such source"}, status=404)
        _pace(request, doors)
        if request.method == hdrs.METH_GET:
            _count(request, source, doors)
        return web.Response(status=302, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})

    return _shared(request, await through(request, _sender, work))


def _count(request: web.Request, source: str, doors: Doors) -> None:
    """In the background: nobody waits for the store before the music."""
    at = milliseconds()
    listener = _listener(request, source, doors, at)
    if listener.person and not doors.recent.again(listener.identity, source):
        row, _ = listens.listen(listens.Play(source), listener, request.headers.get(hdrs.REFERER, ""), at)
        doors.audience.listen_soon(row)


@routes.post("/api/v1/listens")
async def report(request: web.Request) -> web.StreamResponse:
    """A page says that a play began, or ended and how long it was."""

    async def work(doors: Doors) -> web.StreamResponse:
        _admit(request, doors)
        body = await bodies.read(request, LARGEST_PLAY)
        play = listens.read(body, request.content_type)
        if play.source not in doors.config.listens.sources:
            raise Unreadable("type", "`source` must be a name under `listens.sources` in the configuration")
        await _store(request, play, doors)
        return web.Response(status=204)

    return _shared(request, await through(request, _sender, work))


async def _store(request: web.Request, play: listens.Play, doors: Doors) -> None:
    at = milliseconds()
    listener = _listener(request, play.source, doors, at)
    if not listener.person:
        return
    row, clamped = listens.listen(play, listener, request.headers.get(hdrs.REFERER, ""), at)
    await doors.audience.listens([row])
    if clamped:
        doors.audience.clamped(listens.SENDER, clamped)


@routes.options("/api/v1/listens")
async def preflight(request: web.Request) -> web.StreamResponse:
    """What a browser asks before it sends JSON from another origin."""

    async def work(doors: Doors) -> web.StreamResponse:
        if not _allowed(request, doors.config.listens):
            raise _stranger()
        headers = {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Content-Type",
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        }
        return web.Response(status=204, headers=headers)

    return _shared(request, await through(request, _sender, work))


def _sender(_: Doors) -> str:
    return listens.SENDER


def _admit(request: web.Request, doors: Doors) -> None:
    """Pages of configured origins need to show nothing, everybody else what senders show."""
    if not doors.config.listens.sources:
        raise Refusal(403, "auth", "this door is shut: name the streams under `listens.sources` in the configuration")
    if hdrs.AUTHORIZATION in request.headers or hdrs.ORIGIN not in request.headers:
        doors.admit(request)
        doors.pace(request)
    elif _allowed(request, doors.config.listens):
        _pace(request, doors)
    else:
        raise _stranger()


def _stranger() -> Refusal:
    return Refusal(403, "auth", "pages of this origin may not report plays: see `listens.allow_origins`")


def _allowed(request: web.Request, config: Listens) -> bool:
    origin = request.headers.get(hdrs.ORIGIN)
    return bool(config.sources) and origin is not None and bool({origin, "*"} & set(config.allow_origins))


def _pace(request: web.Request, doors: Doors) -> None:
    if not doors.listen_rate.admits(doors.peer(request)):
        raise too_often()


def _listener(request: web.Request, source: str, doors: Doors, at: int) -> Listener:
    """Who plays it. Here the address is the request's own."""
    return doors.audience.listener(
        server=listens.SENDER,
        channel=source,
        protocol=PROTOCOL,
        address=str(doors.peer(request) or ""),
        agent=request.headers.get(hdrs.USER_AGENT, "")[: reading.LONGEST_AGENT],
        at=at,
    )


def _shared(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer with what lets a page of a configured origin read it.

    A beacon takes the browser's cookies along, for which it wants to hear that they are allowed; nobody looks at them.
    """
    if not response.prepared:
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        if _allowed(request, request.app[DOORS].config.listens):
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    return response
