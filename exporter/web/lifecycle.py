"""`/health`, `/-/ready`, `/-/reload` and `/sd`: what other programs ask of the exporter as a program."""

from aiohttp import web

from exporter.errors import ConfigError
from exporter.web import keys

routes = web.RouteTableDef()


@routes.get("/health")
@routes.get("/-/healthy")
async def health(_: web.Request) -> web.Response:
    """Alive: the event loop turns."""
    return web.Response(text="ok\n")


@routes.get("/-/ready")
async def ready(request: web.Request) -> web.Response:
    """Ready: every target was asked at least once, so that a scrape sees all of them."""
    watch = request.app[keys.WATCH]
    if watch.ready:
        return web.Response(text="ready\n")
    waiting = ", ".join(poller.target.name for poller in watch.pollers if poller.waiting)
    return web.Response(status=503, text=f"waiting for the first poll of: {waiting}\n")


@routes.post("/-/reload")
async def reload(request: web.Request) -> web.Response:
    """Read the configuration again; what is wrong with it is the answer, and the running one stays."""
    try:
        await request.app[keys.RELOAD]()
    except ConfigError as error:
        return web.Response(status=500, text=f"the running configuration is kept: {error}\n")
    return web.Response(text="reloaded\n")


@routes.get("/sd")
async def discovery(request: web.Request) -> web.Response:
    """Prometheus' HTTP service discovery: one `/probe` per configured target.

    Format: https://prometheus.io/docs/prometheus/latest/http_sd/
    """
    return web.json_response(
        [
            {
                "targets": [request.host],
                "labels": {
                    "__metrics_path__": "/probe",
                    "__param_target": poller.target.name,
                    "__meta_radio_source": poller.target.source,
                    "__meta_radio_server": poller.target.name,
                },
            }
            for poller in request.app[keys.WATCH].pollers
        ]
    )
