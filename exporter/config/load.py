"""The way from what the operator wrote to a configuration that works, or to one clear error."""

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

from exporter.config import document as documents
from exporter.config.check import check
from exporter.config.decode import decode
from exporter.config.document import Document, Place
from exporter.config.schema import Config
from exporter.config.secrets import resolve

LOOK_UP_TIMEOUT = 5.0


def load(path: Path) -> Config:
    """The configuration in a file, checked whole, with its secrets read; ConfigError otherwise."""
    return from_document(documents.read(path))


def from_document(document: Document) -> Config:
    """As `load`, for a document from wherever."""
    if document.data is None:
        raise document.error("is empty: name at least one server under `icecast:` or `shoutcast:`")
    if not isinstance(document.data, dict):
        raise document.error("is no mapping of keys: begin with `icecast:` and a list of servers")
    config = decode(document, Config)
    check(document, config)
    return resolve(document, config)


async def check_hosts(document: Document, config: Config) -> None:
    """Raise ConfigError for the first server whose host name cannot be resolved.

    `radio-exporter check` asks this; `serve` does not, for a name server that is away must not keep the exporter down.
    """
    for kind, servers in config.polled():
        for number, server in enumerate(servers):
            await _check_host(document, urlsplit(server.url).hostname, (kind, number, "url"))
    for number, engine in enumerate(config.playout):
        if engine.url is not None:
            await _check_host(document, urlsplit(engine.url).hostname, ("playout", number, "url"))
    for number, studio in enumerate(config.sam):
        await _check_host(document, studio.host, ("sam", number, "host"))


async def _check_host(document: Document, host: str | None, place: Place) -> None:
    try:
        async with asyncio.timeout(LOOK_UP_TIMEOUT):
            await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise document.error(
            f"the host {host!r} cannot be resolved: check its spelling, or give an IP address", place
        ) from error
