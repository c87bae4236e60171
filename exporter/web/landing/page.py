"""The page itself: one sentence that says it all, and a section for each thing that is watched."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from aiohttp import web

from exporter import __version__
from exporter.playout.engines import Condition
from exporter.polling.poller import Poller
from exporter.web import keys
from exporter.web.landing.engines import engine
from exporter.web.landing.markup import badge, count
from exporter.web.landing.servers import server, streams

routes = web.RouteTableDef()

_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


@routes.get("/")
async def landing(request: web.Request) -> web.Response:
    """The page, made anew for each visitor; it loads nothing from elsewhere."""
    station, pollers = request.app[keys.STATION](), request.app[keys.WATCH].pollers
    probes, engines = request.app[keys.PROBES], request.app[keys.PLAYOUT].conditions()
    page = _PAGE.substitute(
        station=escape(station.name),
        verdict=_verdict(pollers, engines),
        servers="".join(server(poller, probes) for poller in pollers),
        engines="".join(map(engine, engines)),
        version=escape(__version__),
        now=datetime.now(ZoneInfo(station.timezone)).strftime("%A %H:%M:%S %Z"),
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})


def _verdict(pollers: Sequence[Poller], engines: Sequence[Condition]) -> str:
    """The worst that is wrong; if nothing is, how much is on the air."""
    unread = [poller.target.name for poller in pollers if poller.up is False]
    silent = [one.reading.engine for one in engines if not (one.reading.up or one.pending)]
    states = Counter(stream.state for poller in pollers for stream in streams(poller))
    on, off = states["on air"], states["off air"]
    if unread:
        return badge("bad", f"{count(len(unread), 'server')} cannot be read: {', '.join(unread)}")
    if any(poller.waiting for poller in pollers):
        return badge("wait", "asking the servers for the first time")
    if off:
        return badge("bad", f"{count(off, 'stream')} off air, {on} on air")
    if silent:
        return badge("bad", f"{count(len(silent), 'playout engine')} silent: {', '.join(silent)}")
    return badge("good", f"{count(on, 'stream')} on air")
