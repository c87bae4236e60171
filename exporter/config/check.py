"""What types cannot say: names that are labels, addresses that are addresses, times that fit each other."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from exporter.config.check_audience import check_audience, opens_a_door
from exporter.config.check_events import loki_faults
from exporter.config.check_host import check_host, watches_the_host
from exporter.config.check_playout import check_playout
from exporter.config.check_probe import check_probe
from exporter.config.check_sam import sam_faults
from exporter.config.document import Document, Place, written
from exporter.config.schema import Config, Polled, ShoutcastServer
from exporter.config.schema_sam import SamDatabase
from exporter.config.section import Watched
from exporter.config.url import url_fault
from exporter.names import ALLOWED, is_name


def check(document: Document, config: Config) -> None:
    """Raise ConfigError for the first thing that cannot work."""
    if not _has_work(config):
        message = (
            "names no server to watch: put at least one under `icecast:`, `shoutcast:` or `sam:`, or let one push to"
            " `ingest:`"
        )
        raise document.error(message)
    _time_zone(document, config.station.timezone, ("station", "timezone"))
    listen_address(document, config.web.listen, ("web", "listen"))
    _unique(document, config)
    for kind, servers in config.watched():
        for number, server in enumerate(servers):
            _watched(document, server, (kind, number))
    for number, icecast in enumerate(config.icecast):
        _mounts(document, icecast.expected_mounts, ("icecast", number, "expected_mounts"))
        check_probe(document, icecast.listen_probe, ("icecast", number, "listen_probe"))
    for number, shoutcast in enumerate(config.shoutcast):
        _useful_password(document, shoutcast, ("shoutcast", number))
        check_probe(document, shoutcast.listen_probe, ("shoutcast", number, "listen_probe"))
    for number, studio in enumerate(config.sam):
        _studio(document, studio, ("sam", number))
    check_audience(document, config)
    check_host(document, config.host)
    for place, message in loki_faults(config.loki):
        raise document.error(message, ("loki", *place))
    check_playout(document, config.playout)


def _has_work(config: Config) -> bool:
    watched = [*(some for _, some in config.watched()), config.playout]
    return any(watched) or opens_a_door(config) or watches_the_host(config.host)


def listen_address(document: Document, address: str, place: Place) -> tuple[str | None, int]:
    """Host and port of `127.0.0.1:10880`, `[::1]:10880` or `:10880` (every interface, host None)."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise document.error(f"{address!r} is no address to listen on: write host:port, such as 127.0.0.1:10880", place)
    return host.removeprefix("[").removesuffix("]") or None, int(port)


def _time_zone(document: Document, name: str, place: Place) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        message = f"{name!r} is no known time zone: write an IANA name, such as Europe/Berlin"
        raise document.error(message, place) from error


def _unique(document: Document, config: Config) -> None:
    """Every server has its own name, for the name is its label and what `/probe` asks for."""
    seen: dict[str, Place] = {}
    for kind, servers in config.watched():
        for number, server in enumerate(servers):
            if server.name in seen:
                message = (
                    f"{server.name!r} is the name of {written(seen[server.name])} already: give each server its own"
                )
                raise document.error(message, (kind, number, "name"))
            seen[server.name] = (kind, number)


def _watched(document: Document, server: Watched, place: Place) -> None:
    for key, message in _faults(server):
        raise document.error(message, (*place, key))


def _faults(server: Watched) -> Iterator[tuple[str, str]]:
    if not is_name(server.name):
        hint = "the address belongs into `url`" if "/" in server.name or ":" in server.name else "for example `main`"
        shown = "this" if "@" in server.name else repr(server.name)  # an address may hold a password
        yield "name", f"{shown} is no name: use {ALLOWED} ({hint})"
    if isinstance(server, Polled) and (fault := url_fault(server.url)):
        yield "url", fault
    if 0 < server.interval < 0.5:
        yield "interval", f"{server.interval} is too often: 500ms at least, or 0s to ask on the scrape"
    if not server.deadline:
        yield "timeout", "must be more than 0s"
    if server.interval and server.deadline > server.interval:
        yield "timeout", f"{server.timeout} is longer than the interval ({server.interval}): make it shorter"


def _mounts(document: Document, mounts: tuple[str, ...], place: Place) -> None:
    for number, mount in enumerate(mounts):
        if not mount.startswith("/"):
            raise document.error(f"{mount!r} is no mount: it begins with a slash, such as /live.mp3", (*place, number))


def _studio(document: Document, studio: SamDatabase, place: Place) -> None:
    if studio.timezone is not None:
        _time_zone(document, studio.timezone, (*place, "timezone"))
    for keys, message in sam_faults(studio):
        raise document.error(message, (*place, *keys))


def _useful_password(document: Document, server: ShoutcastServer, place: Place) -> None:
    given = [key for key in ("password", "password_file") if getattr(server, key)]
    if given and server.version == 1:
        message = "is of no use with `version: 1`, whose list of listeners is not read: remove one of them"
        raise document.error(message, (*place, given[0]))
