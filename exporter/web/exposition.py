"""`/metrics` and `/probe`: what is known, in the format and coding that the scraper asks for."""

from collections.abc import Collection, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from exporter.page import Page, assemble
from exporter.web import keys

OFFSET = 0.5
"""Seconds kept back from the scraper's deadline, for the answer to travel: as in blackbox_exporter."""

routes = web.RouteTableDef()


@routes.get("/metrics", name="metrics")
async def metrics(request: web.Request) -> web.Response:
    """Every target and the exporter itself; `name[]=` picks families."""
    blocks = await request.app[keys.WATCH].blocks(deadline(request.headers))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    openmetrics = content_type.startswith("application/openmetrics-text")
    if names := frozenset(request.query.getall("name[]", ())):
        body = assemble(request.app[keys.FAMILIES], blocks, openmetrics=openmetrics, names=names).encode()
        return _response(body + encode(_only(request.app[keys.REGISTRY], names)), content_type)
    page: Page = request.app[keys.PAGES][openmetrics]
    own = encode(request.app[keys.REGISTRY])
    if _accepts_gzip(request.headers):
        return _response(page.gzip(blocks, own), content_type, {"Content-Encoding": "gzip"})
    return _response(page.text(blocks) + own, content_type)


@routes.get("/probe")
async def probe(request: web.Request) -> web.Response:
    """One configured target, asked now. A URL is never accepted: who can scrape must not make us ask strangers."""
    watch = request.app[keys.WATCH]
    name = request.query.get("target", "")
    poller = watch.named(name)
    if poller is None:
        known = ", ".join(poller.target.name for poller in watch.pollers)
        raise web.HTTPBadRequest(text=f"no target of this name is configured; there are: {known}\n")
    _, content_type = choose_encoder(request.headers.get("Accept", ""))
    openmetrics = content_type.startswith("application/openmetrics-text")
    block = await watch.refreshed(poller, deadline(request.headers))
    text = assemble(request.app[keys.FAMILIES], [block], openmetrics=openmetrics)
    return _response((text + "# EOF\n" if openmetrics else text).encode(), content_type)


def deadline(headers: Mapping[str, str]) -> float | None:
    """Seconds until the scraper gives up, less the offset; None if it does not say or makes no sense."""
    try:
        seconds = float(headers.get("X-Prometheus-Scrape-Timeout-Seconds", ""))
    except ValueError:
        return None
    return max(seconds - OFFSET, 0.1) if 0 < seconds < 3600 else None


def _only(registry: CollectorRegistry, names: Collection[str]) -> CollectorRegistry:
    return registry.restricted_registry(names)  # type: ignore[return-value]  # it collects like one, which is all we ask


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    for coding in headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.strip() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _response(body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=body, headers={"Content-Type": content_type, "Vary": "Accept, Accept-Encoding", **(headers or {})}
    )
