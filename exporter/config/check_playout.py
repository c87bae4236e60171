"""What of a playout engine's section cannot work."""

import math
import re
from collections.abc import Iterator

from exporter.config.document import Document, Fault, Place
from exporter.config.paths import is_whole
from exporter.config.schema_playout import PlayoutEngine, PlayoutFamily
from exporter.config.url import url_fault
from exporter.names import ALLOWED, is_name

SHORTEST_TTL, SHORTEST_INTERVAL = 1.0, 0.5

WAYS = ("url", "sqlite", "textfile_dir")

_FAMILY = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)


def check_playout(document: Document, engines: tuple[PlayoutEngine, ...]) -> None:
    """Raise ConfigError for the first thing that cannot work."""
    seen: dict[str, int] = {}
    for number, engine in enumerate(engines):
        place: Place = ("playout", number)
        for below, message in _faults(engine):
            raise document.error(message, (*place, *below))
        if engine.engine in seen:
            message = f"{engine.engine!r} is playout[{seen[engine.engine]}] already: give each engine its own name"
            raise document.error(message, (*place, "engine"))
        seen[engine.engine] = number


def _faults(engine: PlayoutEngine) -> Iterator[Fault]:
    if not is_name(engine.engine):
        shown = "this" if "@" in engine.engine else repr(engine.engine)  # an address may hold a password
        yield ("engine",), f"{shown} is no name: use {ALLOWED} (for example `studio-a`)"
    given = [way for way in WAYS if getattr(engine, way) is not None]
    if len(given) > 1:
        yield (given[1],), f"`{given[0]}` and `{given[1]}` are both given: an engine reports by one way, keep one"
    yield from _times(engine)
    yield from _ways(engine)
    for number, family in enumerate(engine.families):
        yield from _family(family, ("families", number))


def _times(engine: PlayoutEngine) -> Iterator[Fault]:
    if engine.ttl < SHORTEST_TTL:
        yield ("ttl",), f"{engine.ttl} is too short: 1s at least"
    if engine.way == "pushed":
        return
    if engine.interval < SHORTEST_INTERVAL:
        yield ("interval",), f"{engine.interval} is too often: 500ms at least"
    if engine.interval >= engine.ttl:
        message = f"{engine.interval} is not shorter than the ttl ({engine.ttl}): everything would be dropped between"
        yield ("interval",), f"{message} two looks"


def _ways(engine: PlayoutEngine) -> Iterator[Fault]:
    if engine.url is not None and (fault := url_fault(engine.url)):
        known = "holds a user or password, which cannot be used here: let the exporter read the page without"
        yield ("url",), known if "password" in fault else fault
    for way, example in (("sqlite", "/srv/desizone/broadcaster.db"), ("textfile_dir", "/var/lib/radio/textfile")):
        path = getattr(engine, way)
        if path is not None and not is_whole(path):
            yield (way,), f"{path!r} is no whole path: write one such as {example}"
    if engine.way in ("pushed", "sqlite"):
        for key, needless in (("mapping", engine.mapping != "radio"), ("families", bool(engine.families))):
            if needless:
                yield (key,), "is of no use here: it belongs to `url` or `textfile_dir`"


def _family(family: PlayoutFamily, place: Place) -> Iterator[Fault]:
    for key, name in (("family", family.family), ("label", family.label)):
        if name is not None and not _FAMILY.fullmatch(name):
            yield (*place, key), f"{name!r} is no name that Prometheus knows: letters, digits and '_'"
    if not math.isfinite(family.factor) or not family.factor:
        yield (*place, "factor"), "must be a number other than 0"
