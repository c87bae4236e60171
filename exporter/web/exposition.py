"""`/metrics` and `/probe`: what is known, in the format and coding that the scraper asks for."""

from collections.abc import Mapping

from aiohttp import web

from exporter.page import assemble
from exporter.web import keys
from exporter.web.own import Form, form

OFFSET = 0.5
"""Seconds kept back from the scraper's deadline, for the answer to travel: as in blackbox_exporter."""

routes = web.RouteTableDef()


@routes.get("/metrics", name="metrics")
async def metrics(request: web.Request) -> web.Response:
    """Every target and the exporter itself; `name[]=` picks families."""
    app, wanted = request.app, form(request.headers.get("Accept", ""))
    blocks = await app[keys.WATCH].blocks(deadline(request.headers))
    if names := frozenset(request.query.getall("name[]", ())):
        some = assemble(app[keys.FAMILIES], blocks, openmetrics=wanted.openmetrics, names=names)
        return _response(some.encode() + app[keys.OWN].only(wanted, names), wanted)
    page, own = app[keys.PAGES][wanted.openmetrics], app[keys.OWN].text(wanted)
    if _accepts_gzip(request.headers):
        return _response(page.gzip(blocks, own), wanted, {"Content-Encoding": "gzip"})
    return _response(page.text(blocks, own), wanted)


@routes.get("/probe")
async def probe(request: web.Request) -> web.Response:
    """One configured target, asked now. A URL is never accepted: who can scrape must not make us ask strangers."""
    watch = request.app[keys.WATCH]
    name = request.query.get("target", "")
    poller = watch.named(name)
    if poller is None:
        known = ", ".join(poller.target.name for poller in watch.pollers)
        raise web.HTTPBadRequest(text=f"no target of this name is configured; there are: {known}\n")
    wanted = form(request.headers.get("Accept", ""))
    block = await watch.refreshed(poller, deadline(request.headers))
    text = assemble(request.app[keys.FAMILIES], [block], openmetrics=wanted.openmetrics)
    return _response((text + "# EOF\n" if wanted.openmetrics else text).encode(), wanted)


def deadline(headers: Mapping[str, str]) -> float | None:
    """Seconds until the scraper gives up, less the offset; None if it does not say or makes no sense."""
    try:
        seconds = float(headers.get("X-Prometheus-Scrape-Timeout-Seconds", ""))
    except ValueError:
        return None
    return max(seconds - OFFSET, 0.1) if 0 < seconds < 3600 else None


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    for coding in headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.strip() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _response(body: bytes, wanted: Form, headers: Mapping[str, str] | None = None) -> web.Response:
    varies = {"Content-Type": wanted.content_type, "Vary": "Accept, Accept-Encoding"}
    return web.Response(body=body, headers={**varies, **(headers or {})})
