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
    """Ready: every target was asked at least once, so a scrape sees all of them; and what is told can be stored."""
    problems = []
    if waiting := [poller.target.name for poller in request.app[keys.WATCH].pollers if poller.waiting]:
        problems.append(f"waiting for the first poll of: {', '.join(waiting)}\n")
    if problem := request.app[keys.AUDIENCE].store_problem:
        problems.append(f"nothing can be stored: {problem}\n")
    return web.Response(status=503, text="".join(problems)) if problems else web.Response(text="ready\n")


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
