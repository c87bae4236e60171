"""`/metrics` and `/probe`: what is known, in the format and coding that the scraper asks for."""

import gzip
from collections.abc import Mapping
from functools import lru_cache

from aiohttp import web

from exporter.page import assemble
from exporter.web import keys

OFFSET = 0.5
"""Seconds kept back from the scraper's deadline, for the answer to travel: as in blackbox_exporter."""

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

routes = web.RouteTableDef()


@routes.get("/metrics", name="metrics")
async def metrics(request: web.Request) -> web.Response:
    """Every target and the exporter itself; `name[]=` picks families."""
    app, openmetrics = request.app, accepts_openmetrics(request.headers)
    known = app[keys.AUDIENCE].block(), app[keys.HOST].block(), app[keys.PLAYOUT].block()
    blocks = [*await app[keys.WATCH].blocks(deadline(request.headers)), *known]
    packed = accepts_gzip(request.headers)
    if request.query_string and (names := frozenset(request.query.getall("name[]", ()))):
        some = assemble(app[keys.FAMILIES], blocks, openmetrics=openmetrics, names=names).encode()
        body = some + app[keys.OWN].only(names, openmetrics=openmetrics)
        return _response(gzip.compress(body, 1) if packed else body, openmetrics=openmetrics, packed=packed)
    page, own = app[keys.PAGES][openmetrics], app[keys.OWN].text(openmetrics=openmetrics)
    body = page.gzip(blocks, own) if packed else page.text(blocks, own)
    return _response(body, openmetrics=openmetrics, packed=packed)


@routes.get("/probe")
async def probe(request: web.Request) -> web.Response:
    """One configured target, asked now. A URL is never accepted: who can scrape must not make us ask strangers."""
    watch = request.app[keys.WATCH]
    name = request.query.get("target", "")
    poller = watch.named(name)
    if poller is None:
        known = ", ".join(poller.target.name for poller in watch.pollers)
        raise web.HTTPBadRequest(text=f"no target of this name is configured; there are: {known}\n")
    openmetrics = accepts_openmetrics(request.headers)
    block = await watch.refreshed(poller, deadline(request.headers))
    text = assemble(request.app[keys.FAMILIES], [block], openmetrics=openmetrics)
    return _response((text + "# EOF\n" if openmetrics else text).encode(), openmetrics=openmetrics, packed=False)


def deadline(headers: Mapping[str, str]) -> float | None:
    """Seconds until the scraper gives up, less the offset; None if the header is missing or invalid."""
    try:
        seconds = float(headers.get("X-Prometheus-Scrape-Timeout-Seconds", ""))
    except ValueError:
        return None
    return max(seconds - OFFSET, 0.1) if 0 < seconds < 3600 else None


@lru_cache(maxsize=64)
def _weights(header: str) -> Mapping[str, float]:
    """The weight of each thing in an Accept or Accept-Encoding header, by lower-case name; RFC 9110, section 12.4.2."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")), "1")
        try:
            weights[name] = max(weights.get(name, 0.0), float(weight))
        except ValueError:
            weights[name] = 0.0
    return weights


def accepts_openmetrics(headers: Mapping[str, str]) -> bool:
    """Whether OpenMetrics is asked for, and not less than the text format."""
    weights = _weights(headers.get("Accept", ""))
    wanted = weights.get("application/openmetrics-text", 0.0)
    return wanted > 0 and wanted >= weights.get("text/plain", 0.0)


def accepts_gzip(headers: Mapping[str, str]) -> bool:
    """Whether the answer may be packed."""
    weights = _weights(headers.get("Accept-Encoding", ""))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _response(body: bytes, *, openmetrics: bool, packed: bool) -> web.Response:
    headers = {"Content-Type": OPENMETRICS if openmetrics else TEXT, "Vary": "Accept, Accept-Encoding"}
    return web.Response(body=body, headers={**headers, "Content-Encoding": "gzip"} if packed else headers)
