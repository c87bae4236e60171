"""Which streams are to be listened to: those that are named, or those that are on the air. No I/O."""

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from exporter.config.schema import Config
from exporter.config.schema_probe import IcecastProbe, ListenProbe, ShoutcastProbe
from exporter.polling.target import StreamState

NOTICED = 1.0
"""Seconds within which a server notices that a listener has gone."""


class ProbedServer(Struct, frozen=True):
    """A configured server: its name, its address, and its `listen_probe`.

    `interval` = seconds from one poll of it to the next; `version` is a Shoutcast's.
    """

    name: str
    url: str
    probe: IcecastProbe | ShoutcastProbe
    interval: float = 0.0
    version: int | str = "auto"


class Stream(Struct, frozen=True):
    """A stream to listen to. `mount` is its label; `paths` are tried one after the other until one is there.

    `settings` = how it is listened to, and nothing of which streams are: a probe with a changed one begins anew.
    `lingers` = seconds after a connection for which a reading of the server may still count it among the listeners.
    """

    server: str
    mount: str
    url: str
    paths: tuple[str, ...]
    settings: ListenProbe
    lingers: float = 0.0


def probed(config: Config) -> Iterator[ProbedServer]:
    """The servers of a configuration that have a `listen_probe`."""
    for server in config.icecast:
        if server.listen_probe is not None:
            yield ProbedServer(server.name, server.url, server.listen_probe, float(server.interval))
    for dnas in config.shoutcast:
        if dnas.listen_probe is not None:
            yield ProbedServer(dnas.name, dnas.url, dnas.listen_probe, float(dnas.interval), dnas.version)


def named(server: ProbedServer) -> tuple[str, ...]:
    """The streams that the configuration names."""
    probe = server.probe
    return probe.mounts if isinstance(probe, IcecastProbe) else tuple(map(str, probe.streams))


def stream(server: ProbedServer, mount: str) -> Stream:
    """A mount of an Icecast, or a stream of a Shoutcast by its number."""
    icecast = isinstance(server.probe, IcecastProbe)
    paths = (mount,) if icecast else tuple(_shoutcast_paths(server.version, mount))
    settings = ListenProbe(decode=server.probe.decode, silence_below=server.probe.silence_below)
    return Stream(server.name, mount, server.url, paths, settings, lingers=server.interval + NOTICED)


def _shoutcast_paths(version: int | str, number: str) -> Iterator[str]:
    # v1 has one stream, at `/;`. v2 serves each of its streams at a path of its own.
    if version != 1:
        yield f"/stream/{number}/"
    if version == 1 or (version == "auto" and number == "1"):
        yield "/;"


class OnAir:
    """Of one server without named streams: those to listen to, round after round."""

    def __init__(self) -> None:
        self._asleep: set[str] = set()
        self.left_out = 0

    def choose(self, states: Sequence[StreamState], listening: Collection[str], limit: int) -> list[str]:
        """What is on the air, and what is listened to already as long as the server is said to have it.

        An on-demand relay that was seen asleep is let be: we alone would keep it awake. `listening` = to what we
        listen now, which stays when there is room for `limit` alone.
        """
        idle = {state.name for state in states if state.state == "idle"}
        self._asleep = (self._asleep & {state.name for state in states}) | idle
        wanted = [
            state.name
            for state in states
            if state.name not in self._asleep and (state.state == "on air" or state.name in listening)
        ]
        wanted.sort(key=lambda name: name not in listening)
        self.left_out = max(0, len(wanted) - limit)
        return wanted[:limit]
