"""What types cannot say of the audience's sections: networks, origins, mappings, times that fit each other."""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import urlsplit

from exporter.config.document import Document, Fault, Place
from exporter.config.schema import Config, Ingest, Listens, Mapping, Privacy
from exporter.config.units import Duration, Secret, Size
from exporter.names import ALLOWED, is_name

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_PATH = re.compile(r"[^.\s]+(?:\.[^.\s]+)*")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)

SENDERS = frozenset({"icecast", "shoutcast", "icecast_auth", "flussonic", "listens", "events", "playout", "unknown"})
"""Labels `sender` that are taken."""

PATHS = tuple(key for key in Mapping.__struct_fields__ if key not in ("name", "events", "time_unit"))
"""Keys of a mapping that hold the path of a field."""

LEAST_IDLE, LEAST_RETENTION = 1, 86_400
LEAST_BODY, MOST_BODY = Size("1KiB"), Size("256MiB")
SHORTEST_KEY = 16


def check_audience(document: Document, config: Config) -> None:
    """Raise ConfigError for the first thing that cannot work."""
    for place, message in _faults(config):
        raise document.error(message, place)


def opens_a_door(config: Config) -> bool:
    """Whether somebody may tell us something, so that there is work without a server to watch."""
    ingest = config.ingest
    ways = (ingest.token, ingest.token_file, ingest.password, ingest.password_file, ingest.allow_networks)
    return any(ways) or bool(config.listens.sources)


def _faults(config: Config) -> Iterator[Fault]:
    yield from _networks(config.web.trusted_proxies, ("web", "trusted_proxies"))
    yield from _times(config)
    for number, country in enumerate(config.audience.royalty_countries):
        if not _COUNTRY.fullmatch(country):
            yield (
                ("audience", "royalty_countries", number),
                f"{country!r} is no country: two capital letters, such as US",
            )
    yield from _ingest(config.ingest)
    yield from _listens(config.listens)
    yield from _shown(config.api.token, ("api", "token"))
    yield from _privacy(config.privacy)


def _networks(networks: tuple[str, ...], place: Place) -> Iterator[Fault]:
    for number, network in enumerate(networks):
        try:
            ip_network(network)
        except ValueError:
            try:
                meant = f" (did you mean {ip_network(network, strict=False)}?)"
            except ValueError:
                meant = ""
            yield (*place, number), f"{network!r} is no network: write one such as 10.0.0.0/8 or ::1/128{meant}"


def _times(config: Config) -> Iterator[Fault]:
    idle = config.audience.idle_after
    if idle < LEAST_IDLE:
        yield ("audience", "idle_after"), f"{idle} is too short: 1s at least"
    yield from _walks(config, idle)
    for kind in ("sessions", "listens", "requesters", "events"):
        kept = getattr(config.retention, kind)
        if kept < LEAST_RETENTION:
            yield ("retention", kind), f"{kept} is too short: 1d at least"


def _walks(config: Config, idle: Duration) -> Iterator[Fault]:
    for kind, servers in config.polled():
        for number, server in enumerate(servers):
            interval, place = server.listeners.interval, (kind, number, "listeners", "interval")
            if server.listeners.enabled and not interval:
                yield place, "must be more than 0s; to switch it off write `enabled: false`"
            elif server.listeners.enabled and interval * 2 > idle:
                yield place, f"{interval} is too long: two walks must fit into audience.idle_after ({idle})"


def _ingest(ingest: Ingest) -> Iterator[Fault]:
    yield from _networks(ingest.allow_networks, ("ingest", "allow_networks"))
    yield from _shown(ingest.token, ("ingest", "token"))
    if not ingest.username or ":" in ingest.username:
        yield ("ingest", "username"), "is empty or holds a colon, which HTTP's basic auth cannot send"
    if not LEAST_BODY <= ingest.max_body <= MOST_BODY:
        yield ("ingest", "max_body"), f"{ingest.max_body} cannot be: from {LEAST_BODY} to {MOST_BODY}"
    seen: set[str] = set()
    for number, mapping in enumerate(ingest.mappings):
        place: Place = ("ingest", "mappings", number)
        if mapping.name in seen | SENDERS:
            yield (*place, "name"), f"{mapping.name!r} is the name of another sender: give each its own"
        seen.add(mapping.name)
        yield from _mapping(mapping, place)


def _mapping(mapping: Mapping, place: Place) -> Iterator[Fault]:
    if not is_name(mapping.name):
        yield (
            (*place, "name"),
            f"{mapping.name!r} is no name: use {ALLOWED} (for example `wowza`)",
        )
    for key in PATHS:
        path = getattr(mapping, key)
        if path is not None and not _PATH.fullmatch(path):
            yield (*place, key), f"{path!r} is no path: write names with dots between them, such as data.type"
    kinds: dict[str, str] = {}
    for kind in mapping.events.__struct_fields__:
        for name in getattr(mapping.events, kind):
            if kinds.setdefault(name, kind) != kind:
                yield (*place, "events", kind), f"{name!r} is under `{kinds[name]}` already"
    if not mapping.events.started:
        yield (*place, "events", "started"), "is empty: without it nobody ever begins to listen"


def _listens(listens: Listens) -> Iterator[Fault]:
    for name, address in listens.sources.items():
        if not is_name(name):
            message = f"is no name of a source: use {ALLOWED} (for example `jazz`)"
            yield ("listens", "sources", name), message
        if fault := _address_fault(address):
            yield ("listens", "sources", name), fault
    for number, origin in enumerate(listens.allow_origins):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            message = (
                f"{origin!r} is no origin: write one such as https://example.org, in small letters and without a path"
            )
            yield ("listens", "allow_origins", number), message


def _address_fault(address: str) -> str | None:
    """What is wrong with an address that listeners are sent to; everybody can read it, so it must hold no password."""
    example = "write one such as http://radio.example.org:8000/jazz.mp3"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"is no address: {example}"
    if parts.scheme not in ("http", "https") or not host or not address.isprintable() or " " in address:
        return f"is no http or https address: {example}"
    if parts.username is not None or parts.password is not None:
        return "holds a user or password, and every listener would read it"
    return None


def _shown(token: Secret | None, place: Place) -> Iterator[Fault]:
    if token and not re.fullmatch(r"[\x21-\x7e]+", token.reveal()):
        yield place, "holds a space or another character that no `Authorization: Bearer` can show"


def _privacy(privacy: Privacy) -> Iterator[Fault]:
    given = "key" if privacy.key else "key_file"
    if privacy.mode == "daily" and (privacy.key or privacy.key_file):
        yield ("privacy", given), "is of no use with `mode: daily`, which makes a new key every day: remove one of them"
    if privacy.key and len(privacy.key.reveal()) < SHORTEST_KEY:
        message = f"is too short to be secret: at least {SHORTEST_KEY} characters, such as `openssl rand -hex 32` gives"
        yield ("privacy", "key"), message
