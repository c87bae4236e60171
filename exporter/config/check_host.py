"""What types cannot say of the section `host`: whole paths, purposes that are words, executables that differ."""

import re
from collections.abc import Iterator

from exporter.config.document import Document, Fault, Place
from exporter.config.paths import is_whole
from exporter.config.schema_host import WatchedHost, WatchedProcess
from exporter.names import ALLOWED, is_name

SHORTEST_INTERVAL = 1.0
LONGEST_NAME = 64


def check_host(document: Document, host: WatchedHost) -> None:
    """Raise ConfigError for the first thing that cannot work."""
    for place, message in _faults(host):
        raise document.error(message, ("host", *place))


def watches_the_host(host: WatchedHost) -> bool:
    """Whether it names something to watch, so that there is work without a server."""
    return bool(host.disks or host.processes)


def _faults(host: WatchedHost) -> Iterator[Fault]:
    if host.interval < SHORTEST_INTERVAL:
        yield ("interval",), f"{host.interval} is too often: 1s at least"
    yield from _disks(host)
    yield from _processes(host)


def _disks(host: WatchedHost) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for number, disk in enumerate(host.disks):
        if not is_whole(disk.path):
            yield ("disks", number, "path"), f"{disk.path!r} is no whole path: write one such as /srv/recordings"
        if not is_name(disk.purpose):
            message = f"{disk.purpose!r} is no word: use {ALLOWED} (for example `recordings`)"
            yield ("disks", number, "purpose"), message
        if (disk.path, disk.purpose) in seen:
            yield ("disks", number), f"{disk.path} is there already for {disk.purpose}: keep one"
        seen.add((disk.path, disk.purpose))


def _processes(host: WatchedHost) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, process in enumerate(host.watched_processes):
        place: Place = ("processes", number)
        yield from _names(process, place)
        if (name := seen.setdefault(process.executable, process.name)) != process.name:
            yield place, f"{process.match!r} is watched as {name!r} already: keep one"


def _names(process: WatchedProcess, place: Place) -> Iterator[Fault]:
    for text in (process.name, process.match):
        if not text.strip() or not text.isprintable() or len(text) > LONGEST_NAME:
            yield place, f"a name has 1 to {LONGEST_NAME} characters that can be seen"
    if re.search(r"[/\\]", process.match):
        yield place, f"{process.match!r} holds a path: the executable's name alone is compared, such as icecast2"
