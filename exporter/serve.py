"""Runs the application on a socket until it is told to stop."""

import asyncio
import gc
import logging
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from exporter.app import create_app
from exporter.config.check import listen_address
from exporter.config.document import Document
from exporter.config.schema import Config
from exporter.errors import ConfigError
from exporter.setup import Setup
from exporter.web import tls, web_config

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the configuration."""

    load: Callable[[], Config]
    listen: str | None
    web_config: Path | None

    def setup(self) -> Setup:
        """Everything, read and checked; ConfigError otherwise."""
        config = self.load()
        web_setup = web_config.load(self.web_config) if self.web_config else web_config.WebConfig()
        if web_setup.tls_server_config:  # tried out whole, before anything is taken over
            tls.make_context(str(self.web_config), web_setup.tls_server_config)
        return Setup(config, web_setup)


def serve(options: Options) -> int:
    """Serve until SIGINT or SIGTERM; the exit status."""
    return asyncio.run(_serve(options))


async def _serve(options: Options) -> int:
    setup = options.setup()
    context = _context(options, setup)
    app = create_app(setup, options.setup, after_reload=lambda new: _renew_certificate(options, new, context))
    host, port = _address(options, setup)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2)
    await runner.setup()
    try:
        await _listen(runner, host, port, context)
        # A full collection over everything that was imported takes 30 ms and never finds anything: leave it out.
        gc.collect()
        gc.freeze()
        log.info("listening on %s://%s:%d", "https" if context else "http", host or "*", port)
        await _told_to_stop()
    finally:
        await runner.cleanup()
    return 0


def _address(options: Options, setup: Setup) -> tuple[str | None, int]:
    if options.listen is not None:
        return listen_address(Document("command line", None), options.listen, ("--web.listen-address",))
    return listen_address(Document("configuration", None), setup.config.web.listen, ("web", "listen"))


async def _listen(runner: web.AppRunner, host: str | None, port: int, context: ssl.SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, host, port, ssl_context=context, backlog=512).start()
    except OSError as error:
        message = f"cannot listen on {host or '*'}:{port} ({error.strerror or error}): is another exporter running?"
        raise ConfigError("radio-exporter", message) from error


def _context(options: Options, setup: Setup) -> ssl.SSLContext | None:
    settings = setup.web.tls_server_config
    return tls.make_context(str(options.web_config), settings) if settings else None


def _renew_certificate(options: Options, setup: Setup, context: ssl.SSLContext | None) -> None:
    settings = setup.web.tls_server_config
    if (settings is None) != (context is None):
        log.warning("TLS was switched on or off, which takes a restart")
    elif settings and context:
        tls.load_certificate(str(options.web_config), settings, context)


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    log.info("stopping")
