"""What types cannot say of a listening probe: mounts that are mounts, and each of them once."""

from collections.abc import Iterator

from exporter.config.document import Document, Place
from exporter.config.schema_probe import IcecastProbe, ShoutcastProbe


def check_probe(document: Document, probe: IcecastProbe | ShoutcastProbe | None, place: Place) -> None:
    """Raise ConfigError for the first thing that cannot work. `place` = where the section stands."""
    for inside, message in probe_faults(probe):
        raise document.error(message, (*place, *inside))


def probe_faults(probe: IcecastProbe | ShoutcastProbe | None) -> Iterator[tuple[Place, str]]:
    """Where inside `listen_probe` something cannot work, and why."""
    if isinstance(probe, IcecastProbe):
        for number, mount in enumerate(probe.mounts):
            if not mount.startswith("/"):
                yield ("mounts", number), f"{mount!r} is no mount: it begins with a slash, such as /live.mp3"
        yield from _twice("mounts", probe.mounts)
    elif isinstance(probe, ShoutcastProbe):
        for number, stream in enumerate(probe.streams):
            if stream < 1:
                yield ("streams", number), f"{stream} is no stream: the first one is 1"
        yield from _twice("streams", probe.streams)


def _twice(key: str, streams: tuple[str, ...] | tuple[int, ...]) -> Iterator[tuple[Place, str]]:
    for number, stream in enumerate(streams):
        if stream in streams[:number]:
            yield (key, number), f"{stream!r} is written twice"
