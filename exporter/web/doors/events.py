"""`POST /api/v1/events`: what engines and scripts tell of themselves."""

import asyncio

from aiohttp import web

from exporter.clock import milliseconds
from exporter.errors import RowsRefused
from exporter.ingest import events
from exporter.web import keys
from exporter.web.doors.door import Doors, through
from exporter.web.doors.refusal import Refusal

routes = web.RouteTableDef()

LARGEST = 256 * 1024
"""Bytes: some hundred events with all that they may hold."""

WHAT = "what is in a pushed event"
NOT_TAKEN = "the store's database does not take what is in one of these events; none of them is kept"


@routes.post("/api/v1/events")
async def push(request: web.Request) -> web.StreamResponse:
    """Keep events; answered when they are kept."""

    async def work(doors: Doors) -> web.StreamResponse:
        doors.admit(request)
        doors.pace(request)
        moment = milliseconds()
        oldest = moment - round(doors.config.retention.events * 1000)
        pushed = events.read(await doors.body(request, LARGEST))
        heard = await asyncio.to_thread(events.heard, pushed, moment, oldest)  # many texts take a while
        try:
            new = await request.app[keys.EVENTS].take(heard.events, heard.dated) if heard.events else 0
        except RowsRefused as error:  # to come again is of no use
            doors.unkept.about(WHAT, str(error))
            raise Refusal(422, "content", NOT_TAKEN) from error
        doors.unkept.over(WHAT)
        if heard.clamped:
            doors.audience.clamped(events.SENDER, heard.clamped)
        if heard.stale:
            doors.audience.rejected(events.SENDER, "stale", heard.stale)
        return web.json_response({"accepted": new, "ignored": len(heard.events) - new + heard.stale})

    return await through(request, lambda _: events.SENDER, work)
