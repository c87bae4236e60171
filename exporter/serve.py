"""Runs the application on a socket until it is told to stop."""

import asyncio
import errno
import gc
import logging
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiohttp import web

from exporter.app import create_app
from exporter.config.check import listen_address
from exporter.config.document import Document
from exporter.config.schema import Config
from exporter.errors import ConfigError
from exporter.reload import Settings
from exporter.web import tls, web_config
from exporter.web.discreet import DiscreetRunner
from exporter.web.web_config import TlsServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the configuration."""

    load: Callable[[], Config]
    listen: str | None
    web_config: Path | None

    def settings(self) -> Settings:
        """Everything, read and checked; ConfigError otherwise."""
        config = self.load()
        web_settings = web_config.load(self.web_config) if self.web_config else web_config.WebConfig()
        if web_settings.tls_server_config:  # tried out whole, before anything is taken over
            tls.make_context(str(self.web_config), web_settings.tls_server_config)
        return Settings(config, web_settings)


def serve(options: Options) -> int:
    """Serve until SIGINT or SIGTERM; the exit status."""
    return asyncio.run(_serve(options))


async def _serve(options: Options) -> int:
    settings = options.settings()
    context = _context(options, settings)
    began_with = settings.web.tls_server_config
    app = create_app(
        settings,
        options.settings,
        before_reload=lambda new: _renew_certificate(options, began_with, new.web.tls_server_config, context),
    )
    host, port = _address(options, settings)
    runner = DiscreetRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2, lingering_time=2)
    try:
        await runner.setup()
        await _listen(runner, host, port, context)
        # A full collection over everything that was imported takes 30 ms and never finds anything: leave it out.
        gc.collect()
        gc.freeze()
        log.info("listening on %s://%s:%d", "https" if context else "http", host or "*", port)
        await _told_to_stop()
    finally:
        await runner.cleanup()
        gc.unfreeze()  # so that the interpreter can let go of everything; the sketches' library complains otherwise
    return 0


def _address(options: Options, settings: Settings) -> tuple[str | None, int]:
    if options.listen is not None:
        return listen_address(Document("command line", None), options.listen, ("--web.listen-address",))
    return listen_address(Document("configuration", None), settings.config.web.listen, ("web", "listen"))


async def _listen(runner: web.AppRunner, host: str | None, port: int, context: ssl.SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, host, port, ssl_context=context, backlog=512).start()
    except OSError as error:
        hint = "is another exporter running?" if error.errno == errno.EADDRINUSE else "check the address"
        message = f"cannot listen on {host or '*'}:{port} ({error.strerror or error}): {hint}"
        raise ConfigError("radio-exporter", message) from error


def _context(options: Options, settings: Settings) -> ssl.SSLContext | None:
    wanted = settings.web.tls_server_config
    return tls.make_context(str(options.web_config), wanted) if wanted else None


def _renew_certificate(
    options: Options, running: TlsServer | None, wanted: TlsServer | None, context: ssl.SSLContext | None
) -> None:
    if running and wanted and context:
        tls.load_certificate(str(options.web_config), wanted, context)
        running = msgspec.structs.replace(running, cert_file=wanted.cert_file, key_file=wanted.key_file)
    if running != wanted:
        log.warning("of tls_server_config only the certificate is read anew; the rest takes a restart")


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    await stop.wait()
    log.info("stopping")
