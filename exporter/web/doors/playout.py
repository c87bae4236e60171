"""`POST /api/v1/playout/health`: what playout engines push of themselves. The state of the moment: it is not stored."""

from aiohttp import web

from exporter.clock import milliseconds
from exporter.ingest import playout
from exporter.ingest.reading import Unreadable
from exporter.playout.engines import Engines
from exporter.web import keys
from exporter.web.doors.door import Doors, through

routes = web.RouteTableDef()

LARGEST_HEALTH = 64 * 1024
"""Bytes: 16 decks and 32 encoders take 5,000."""


@routes.post("/api/v1/playout/health")
async def health(request: web.Request) -> web.StreamResponse:
    """An engine tells how it is, or a part of that."""

    async def work(doors: Doors) -> web.StreamResponse:
        doors.admit(request)
        doors.pace(request)
        told = playout.read(await doors.body(request, LARGEST_HEALTH))
        return _taken(told, request.app[keys.PLAYOUT], doors)

    return await through(request, lambda _: playout.SENDER, work)


def _taken(told: playout.Health, engines: Engines, doors: Doors) -> web.Response:
    if told.engine not in engines.pushed:
        raise _unknown(engines)
    at = milliseconds()
    report = playout.report(told, at)
    if report.mended:
        doors.audience.clamped(playout.SENDER, report.mended)
    if at - report.at > engines.ttl(told.engine) * 1000:
        doors.audience.rejected(playout.SENDER, "stale")
        return web.json_response({"accepted": 0, "ignored": len(report.values)})
    accepted = engines.report(told.engine, report)
    return web.json_response({"accepted": accepted, "ignored": len(report.values) - accepted})


def _unknown(engines: Engines) -> Unreadable:
    known = ", ".join(engines.pushed) or "none"
    return Unreadable("type", f"`engine` must be one that pushes, as the configuration has it under `playout`: {known}")
