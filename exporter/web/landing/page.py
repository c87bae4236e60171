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
from exporter.polling.target import State
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
    served, played = _on_and_off(pollers)
    on = count(played["on air"], "playout") if played and not served else count(served["on air"], "stream")
    states = ((served["off air"], "stream"), (played["off air"], "playout"))
    off = " and ".join(count(number, thing) for number, thing in states if number)
    if unread:
        return badge("bad", f"{count(len(unread), 'server')} cannot be read: {', '.join(unread)}")
    if any(poller.waiting for poller in pollers):
        return badge("wait", "asking the servers for the first time")
    if off:
        return badge("bad", f"{off} off air, {on} on air")
    if silent:
        return badge("bad", f"{count(len(silent), 'playout engine')} silent: {', '.join(silent)}")
    return badge("good", f"{on} on air")


def _on_and_off(pollers: Sequence[Poller]) -> tuple[Counter[State], Counter[State]]:
    """How many are in which state: streams of servers, and playouts, which reach listeners by these streams."""
    served, played = Counter[State](), Counter[State]()
    for stream in (stream for poller in pollers for stream in streams(poller)):
        (played if stream.playout else served)[stream.state] += 1
    return served, played
