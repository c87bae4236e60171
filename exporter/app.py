"""Puts the parts together: one application, the same for production and tests."""

import asyncio
import platform
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry, Info, ProcessCollector, disable_created_metrics

from exporter import __version__
from exporter.audience.audience import Audience
from exporter.audience.families import FAMILIES as AUDIENCE_FAMILIES
from exporter.config.schema import Config
from exporter.config.schema_sam import SamDatabase
from exporter.config.state_dir import state_dir
from exporter.errors import ConfigError
from exporter.event import happened
from exporter.events.families import FAMILIES as EVENT_FAMILIES
from exporter.events.log import EventLog
from exporter.events.loki import Loki
from exporter.events.printer import Printer
from exporter.events.transitions import observer
from exporter.host.families import FAMILIES as HOST_FAMILIES
from exporter.host.host import Host
from exporter.icecast.metrics import FAMILIES as ICECAST_FAMILIES
from exporter.page import Block, Family, Page
from exporter.playout.engines import Engines
from exporter.playout.families import FAMILIES as PLAYOUT_FAMILIES
from exporter.polling.lag import LoopLag
from exporter.polling.metrics import FAMILIES as POLLING_FAMILIES
from exporter.polling.resolve import Resolver
from exporter.polling.supervise import Supervisor
from exporter.polling.target import StreamState
from exporter.polling.watch import Watch
from exporter.probe.families import FAMILIES as PROBE_FAMILIES
from exporter.probe.probes import Probes
from exporter.probe.wanted import probed
from exporter.reload import Reloader, Settings
from exporter.sam.families import FAMILIES as SAM_FAMILIES
from exporter.sam.studio import Surroundings
from exporter.shoutcast.metrics import FAMILIES as SHOUTCAST_FAMILIES
from exporter.store.claim import Claim
from exporter.store.database import Database, database_url
from exporter.targets import Targets
from exporter.web import exposition, keys, lifecycle
from exporter.web.access import Gate
from exporter.web.api import events as event_log
from exporter.web.api import export, live, music, openapi, stats
from exporter.web.doors import events, ingest, listens, playout
from exporter.web.doors.door import DOORS, Doors
from exporter.web.landing import page as landing
from exporter.web.own import OwnMetrics

FAMILIES: tuple[Family, ...] = (
    *POLLING_FAMILIES,
    *ICECAST_FAMILIES,
    *SHOUTCAST_FAMILIES,
    *SAM_FAMILIES,
    *AUDIENCE_FAMILIES,
    *HOST_FAMILIES,
    *EVENT_FAMILIES,
    *PROBE_FAMILIES,
    *PLAYOUT_FAMILIES,
)

ROUTES = (
    landing.routes,
    exposition.routes,
    lifecycle.routes,
    ingest.routes,
    listens.routes,
    playout.routes,
    stats.routes,
    export.routes,
    live.routes,
    music.routes,
    event_log.routes,
    events.routes,
    openapi.routes,
)


def create_app(
    settings: Settings, load: Callable[[], Settings], *, before_reload: Callable[[Settings], None] = lambda _: None
) -> web.Application:
    """The whole exporter.

    Args:
        settings: what to begin with.
        load: reads it anew for a reload; raises ConfigError.
        before_reload: told of new settings before anything changes, for what lies outside the application (TLS);
            may raise ConfigError.
    """
    return _Exporter(settings, load, before_reload).app


class _Exporter:
    """The parts of a running exporter, and how a reload exchanges them."""

    def __init__(
        self, settings: Settings, load: Callable[[], Settings], before_reload: Callable[[Settings], None]
    ) -> None:
        registry = _own_registry()
        self._supervisor = Supervisor(registry)
        self._lag = LoopLag(registry)
        self._probes = Probes(self._supervisor, lambda: probed(self._reloader.settings.config), self._streams)
        self._reloader = Reloader(settings, load, registry)
        self._gate = Gate(settings.web.basic_auth_users, lambda: self._reloader.settings.config.api.token is not None)
        self._before_reload = before_reload
        self._database, self._claim, self._audience = _audience(settings.config, registry)
        self._log = EventLog(self._database, self._audience.loaded, lambda: self._audience.store_problem)
        self._loki = Loki(lambda: self._reloader.settings.config.loki, self._log.counts)
        self._printer = Printer(self._log.counts.dropped)
        self._printer.wanted = settings.config.events.stdout
        self._log.sinks += [self._loki.tell, self._printer.tell]
        self._watch = Watch(
            self._supervisor,
            observer(self._log.tell, lambda: self._reloader.settings.config.events.titles),
            self._probes.listening,
        )
        state = state_dir(settings.config.state_dir)
        self._host = Host(settings.config.host, state, self._log.tell)
        self._playout = Engines(settings.config.playout, state, self._log.tell, self._log.keep)
        self._doors = Doors(settings.config, self._audience)
        self._targets = Targets(
            self._audience, lambda: self._reloader.settings.config.web.trusted_proxies, self._around
        )
        self._session: aiohttp.ClientSession | None = None
        self.app = self._application(registry)

    def _application(self, registry: CollectorRegistry) -> web.Application:
        app = web.Application(middlewares=[self._gate.middleware])
        app[keys.WATCH] = self._watch
        app[keys.STATION] = lambda: self._reloader.settings.config.station
        app[keys.OWN] = OwnMetrics(registry)
        app[keys.FAMILIES] = FAMILIES
        app[keys.PAGES] = {form: Page(FAMILIES, openmetrics=form) for form in (False, True)}
        app[keys.RELOAD] = self._reload
        app[keys.AUDIENCE] = self._audience
        app[keys.EVENTS] = self._log
        app[keys.PROBES] = self._probes
        app[keys.PLAYOUT] = self._playout
        app[keys.BLOCKS] = [
            self._guarded(name, part.block)
            for name, part in (
                ("audience", self._audience),
                ("host", self._host),
                ("playout", self._playout),
                ("events", self._log.counts),
                ("probes", self._probes),
            )
        ]
        app[keys.DATABASE] = self._database
        app[keys.CONFIG] = lambda: self._reloader.settings.config
        app[DOORS] = self._doors
        live.setup(app)
        event_log.setup(app)
        for routes in ROUTES:
            app.add_routes(routes)
        app.on_response_prepare.append(self._add_headers)
        app.cleanup_ctx.extend((self._polling, self._hang_up_signal))
        return app

    async def _polling(self, _: web.Application) -> AsyncIterator[None]:
        """The session and the tasks, from start to end."""
        # The poller sets the deadline; cookies have no business here; Icecast closes each connection itself.
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, resolver=Resolver()),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"radio-exporter/{__version__}"},
        ) as self._session:
            await self._claim.take()
            self._supervisor.start("event_loop_lag", self._lag.run)
            self._supervisor.start("host", self._host.run)
            self._supervisor.start("events", self._log.run)
            self._supervisor.start("events to loki", self._loki.run)
            self._playout.start(self._supervisor, self._session)
            self._audience.start(self._supervisor)
            self._say("exporter_started", f"The exporter {__version__} has started.")
            await self._watch.swap(self._targets.wanted(self._session, self._reloader.settings.config))
            self._supervisor.start("probes", self._probes.run)
            yield
            await self._watch.stop()
            self._say("exporter_stopped", "The exporter stops.")
            await asyncio.gather(self._log.stop(), self._loki.stop(), self._printer.stop())
            await self._audience.stop()
            await self._supervisor.stop()
            await self._database.close()
            self._claim.release()

    async def _hang_up_signal(self, _: web.Application) -> AsyncIterator[None]:
        """SIGHUP reloads, where there is such a signal."""
        if not hasattr(signal, "SIGHUP"):
            yield
            return
        loop = asyncio.get_running_loop()
        pending: set[asyncio.Task[None]] = set()

        def reload_soon() -> None:
            task = asyncio.ensure_future(self._reload_quietly())
            pending.add(task)
            task.add_done_callback(pending.discard)

        loop.add_signal_handler(signal.SIGHUP, reload_soon)
        yield
        loop.remove_signal_handler(signal.SIGHUP)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _reload_quietly(self) -> None:
        with suppress(ConfigError):  # the reloader has logged it; a signal has nobody to answer
            await self._reload()

    async def _reload(self) -> None:
        try:
            await self._reloader.reload(self._apply)
            self._say("config_reloaded", "The configuration was read again and taken over.")
        finally:
            self.app[keys.OWN].forget()

    async def _apply(self, settings: Settings) -> None:
        self._before_reload(settings)  # the only part that can fail, so the first
        if self._session is not None:
            await self._watch.swap(self._targets.wanted(self._session, settings.config))
        self._gate.replace(settings.web.basic_auth_users)
        await self._audience.reconfigure(settings.config)
        self._doors.replace(settings.config)
        self._host.replace(settings.config.host)
        self._printer.wanted = settings.config.events.stdout
        await self._playout.replace(settings.config.playout)

    def _say(self, event: str, message: str) -> None:
        self._log.tell(happened(event, message, source="exporter"))

    def _streams(self, server: str) -> Sequence[StreamState]:
        poller = self._watch.named(server)
        return poller.target.streams() if poller else ()

    def _guarded(self, name: str, block: Callable[[], Block]) -> Callable[[], Block]:
        """A part whose bug costs its own rows of the page, and no others."""

        def guarded() -> Block:
            try:
                return block()
            except Exception:  # noqa: BLE001  whatever it was: the rest of the page is served
                self._supervisor.crashed(f"{name} on the page")
                return {}

        return guarded

    def _around(self, studio: SamDatabase) -> Surroundings:
        audience = self._audience
        return Surroundings(
            self._database,
            audience.loaded,
            lambda: audience.store_problem,
            audience.requester,
            lambda: self._watch.listeners(studio.mounts),
            self._log.tell,
        )

    async def _add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.update(self._reloader.settings.web.http_server_config.headers)


def _audience(config: Config, registry: CollectorRegistry) -> tuple[Database, Claim, Audience]:
    folder = state_dir(config.state_dir)
    url = database_url(config.store.url.reveal() if config.store.url else None, folder)
    database, claim = Database(url), Claim(url)
    return database, claim, Audience(config, database, claim, folder, registry)


def _own_registry() -> CollectorRegistry:
    """The exporter's own metrics: what it is, and what its process takes."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry(auto_describe=True)  # so that name[]= finds the process's metrics too
    ProcessCollector(registry=registry)
    build = Info("radio_exporter_build", "1, with the version of the exporter and of Python.", registry=registry)
    build.info({"version": __version__, "python": platform.python_version()})
    return registry
