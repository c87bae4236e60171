"""What the handlers find in the application."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from exporter.audience.audience import Audience
from exporter.config.schema import Config, Station
from exporter.events.log import EventLog
from exporter.page import Block, Family, Page
from exporter.playout.engines import Engines
from exporter.polling.watch import Watch
from exporter.probe.probes import Probes
from exporter.store.database import Database
from exporter.web.own import OwnMetrics

WATCH = web.AppKey("watch", Watch)
STATION: web.AppKey[Callable[[], Station]] = web.AppKey("station")
OWN = web.AppKey("own", OwnMetrics)
FAMILIES: web.AppKey[Iterable[Family]] = web.AppKey("families")
PAGES = web.AppKey("pages", dict[bool, Page])
"""The page of all targets: as text under False, as OpenMetrics under True."""
RELOAD: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("reload")
"""Reads the configuration again; raises ConfigError and changes nothing where it cannot be used."""

AUDIENCE = web.AppKey("audience", Audience)
PROBES = web.AppKey("probes", Probes)
BLOCKS: web.AppKey[Iterable[Callable[[], Block]]] = web.AppKey("blocks")
"""What gives the samples of everything that is no polled target."""

EVENTS = web.AppKey("events", EventLog)
PLAYOUT = web.AppKey("playout", Engines)
DATABASE = web.AppKey("database", Database)
CONFIG: web.AppKey[Callable[[], Config]] = web.AppKey("config")
"""The running configuration."""
