"""The landing page: what is watched, how it is doing, and where everything else is."""

import time
from collections import Counter
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from aiohttp import web

from exporter import __version__
from exporter.polling.metrics import SOURCES
from exporter.polling.poller import Poller
from exporter.polling.target import StreamState
from exporter.probe.probes import Probes
from exporter.web import keys

routes = web.RouteTableDef()

_PAGE = Template(Path(__file__).with_name("landing.html").read_text(encoding="utf-8"))

_HEAD = "<thead><tr><th>Stream<th>State<th class=number>Listeners<th>Playing</thead>"

MOST_STREAMS = 200
"""Rows per server. A page with thousands serves nobody; `/metrics` has them all."""


@routes.get("/")
async def landing(request: web.Request) -> web.Response:
    """The page, made anew for each visitor; it loads nothing from elsewhere."""
    station, pollers = request.app[keys.STATION](), request.app[keys.WATCH].pollers
    probes = request.app[keys.PROBES]
    page = _PAGE.substitute(
        station=escape(station.name),
        verdict=_verdict(pollers),
        servers="".join(_server(poller, probes) for poller in pollers),
        version=escape(__version__),
        now=datetime.now(ZoneInfo(station.timezone)).strftime("%A %H:%M:%S %Z"),
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})


def _verdict(pollers: tuple[Poller, ...]) -> str:
    """One sentence that says it all."""
    silent = [poller.target.name for poller in pollers if poller.up is False]
    states = Counter(stream.state for poller in pollers for stream in _streams(poller))
    on, off = states["on air"], states["off air"]
    if silent:
        return _badge("bad", f"{_count(len(silent), 'server')} cannot be read: {escape(', '.join(silent))}")
    if any(poller.waiting for poller in pollers):
        return _badge("wait", "asking the servers for the first time")
    if off:
        return _badge("bad", f"{_count(off, 'stream')} off air, {on} on air")
    return _badge("good", f"{_count(on, 'stream')} on air")


def _server(poller: Poller, probes: Probes) -> str:
    streams = _streams(poller)
    more = f"<p class=more>and {len(streams) - MOST_STREAMS} more</p>" if len(streams) > MOST_STREAMS else ""
    server = poller.target.name
    rows = "".join(_row(stream, probes.listening(server, stream.name)) for stream in streams[:MOST_STREAMS])
    table = f"<table>{_HEAD}<tbody>{rows}</tbody></table>" if rows else "<p class=more>No streams.</p>"
    error = f"<p class=error>{escape(_sentence(poller.last_error))}</p>" if poller.last_error else ""
    name = escape(server)
    return (
        f"<section><header><h2>{name}</h2><span class=kind>{SOURCES[poller.target.source]}</span>{_state(poller)}"
        f'<a href="probe?target={name}">its metrics</a></header>{error}{table if poller.up else ""}{more}</section>'
    )


def _state(poller: Poller) -> str:
    if poller.up is None:
        return _badge("wait", "asked on the scrape" if poller.on_scrape else "not asked yet")
    asked = "" if poller.last_attempt is None else f", asked {max(0, time.time() - poller.last_attempt):.0f} s ago"
    return _badge("good", f"answers{asked}") if poller.up else _badge("bad", f"cannot be read{asked}")


def _streams(poller: Poller) -> tuple[StreamState, ...]:
    return poller.target.streams() if poller.up else ()


def _row(stream: StreamState, nobody: int) -> str:
    """`nobody` = how many of its listeners are probes of ours."""
    listeners = "" if stream.listeners is None else str(max(0, stream.listeners - nobody))
    state = _badge({"on air": "good", "off air": "bad", "idle": "wait"}[stream.state], stream.state)
    return (
        f"<tr><td class=mount>{escape(stream.name)}<td>{state}<td class=number>{listeners}"
        f"<td class=title>{escape(stream.title or '')}"
    )


def _sentence(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:] + ("" if phrase.endswith("?") else ".")


def _badge(mood: str, words: str) -> str:
    return f'<span class="badge {mood}">{words}</span>'


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
