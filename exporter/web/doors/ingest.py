"""`POST /api/webhook` and `POST /api/v1/icecast/auth`: what servers tell of their listeners."""

import asyncio
from urllib.parse import urlsplit

from aiohttp import web

from exporter.clock import milliseconds
from exporter.config.schema import Config, IcecastServer
from exporter.errors import StoreFailed
from exporter.ingest import icecast_auth
from exporter.ingest.icecast_auth import Form
from exporter.ingest.reading import Decoder, Told, Unreadable
from exporter.names import is_name
from exporter.web.doors.door import Doors, refused, through
from exporter.web.doors.refusal import Refusal

routes = web.RouteTableDef()

EVENTS_AT_ONCE = 500
"""Events between two turns of the event loop: a few milliseconds."""

LARGEST_FORM = 64 * 1024
"""Bytes of what Icecast posts: one listener, whose agent may be long."""

LISTENER_WAITS = 1.0
"""Seconds for which a listener may be kept waiting: longer than any commit that goes well."""

ADMITTED = {"icecast-auth-user": "1"}
"""The header by which Icecast lets a listener in."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


@routes.post("/api/webhook")
async def webhook(request: web.Request) -> web.StreamResponse:
    """Play events: of Flussonic, or of the sender that `mapping` names in the configuration."""
    mapping = request.query.get("mapping")

    async def work(doors: Doors) -> web.StreamResponse:
        doors.admit(request)
        doors.pace(request)
        decoder = doors.decoder(mapping)
        told = await _told(decoder, await doors.body(request), doors)
        await doors.tell(decoder.sender, told)
        return _taken(told)

    return await through(request, lambda doors: doors.sender(mapping), work)


async def _told(decoder: Decoder, body: bytes, doors: Doors) -> Told:
    """What a request tells. A long one is decoded in pieces, so that others get their turn."""
    events, told = decoder.read(body), Told()
    for first in range(0, len(events), EVENTS_AT_ONCE):
        told.add(decoder.told(events[first : first + EVENTS_AT_ONCE], doors.audience, milliseconds(), first))
        if first + EVENTS_AT_ONCE < len(events):
            await asyncio.sleep(0)
    return told


@routes.post("/api/v1/icecast/auth")
async def icecast(request: web.Request) -> web.StreamResponse:
    """Icecast's URL authentication. Every listener who comes is let in, whatever becomes of the telling."""

    async def work(doors: Doors) -> web.StreamResponse:
        doors.admit(request)
        form = icecast_auth.read(await doors.body(request, LARGEST_FORM))
        if form.action == "listener_add":
            await doors.in_background(_told_quietly(request, form, doors), LISTENER_WAITS)
            return _taken(Told(), ADMITTED)
        return _taken(await _told_of_listener(request, form, doors), ADMITTED)

    return await through(request, lambda _: icecast_auth.SENDER, work)


async def _told_quietly(request: web.Request, form: Form, doors: Doors) -> None:
    try:
        await _told_of_listener(request, form, doors)
    except (Refusal, Unreadable, StoreFailed) as error:
        doors.audience.rejected(icecast_auth.SENDER, refused(error).reason)


async def _told_of_listener(request: web.Request, form: Form, doors: Doors) -> Told:
    doors.pace(request)
    server = server_named(request.query.get("server"), form, doors.config)
    told = icecast_auth.told(form, server, doors.audience, milliseconds())
    await doors.tell(icecast_auth.SENDER, told)
    return told


def server_named(name: str | None, form: Form, config: Config) -> str:
    """Which Icecast has sent a form: the one that the address names, else the only one, else that at its host and port.

    Raises:
        Unreadable: none of them, or several.
    """
    names = [server.name for server in config.icecast]
    if name is not None:
        if name in names or (not names and is_name(name)):
            return name
        raise Unreadable("type", f"`server` in the address must be one of: {', '.join(names) or 'a plain name'}")
    fitting = names if len(names) == 1 else [one.name for one in config.icecast if _stands_at(one, form)]
    if len(fitting) == 1:
        return fitting[0]
    message = "which server this is cannot be told: add `?server=NAME` to the address that Icecast posts to"
    raise Unreadable("type", f"{message}{', with one of: ' if names else ''}{', '.join(names)}")


def _stands_at(server: IcecastServer, form: Form) -> bool:
    parts = urlsplit(server.url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return (parts.hostname, str(port)) == (form.server.lower(), form.port)


def _taken(told: Told, headers: dict[str, str] | None = None) -> web.Response:
    said = {"accepted": len(told.facts), "ignored": told.ignored + told.stale}
    return web.json_response(said, headers=headers)
