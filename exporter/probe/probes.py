"""All probes: starts one for each stream that is to be listened to, and shows what they have measured."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from exporter.page import Block
from exporter.polling.resolve import Resolver
from exporter.polling.supervise import Supervisor
from exporter.polling.target import StreamState
from exporter.probe import decoder, metrics
from exporter.probe.probe import Probe
from exporter.probe.reading import ProbeReading
from exporter.probe.wanted import OnAir, ProbedServer, Stream, named, stream

log = logging.getLogger(__name__)

ROUND = 1.0
"""Seconds from one look at what is on the air, and at the configuration, to the next."""

MOST_ENDED = 1000
"""Probes that have ended and are kept in mind; of more the oldest are forgotten."""


class Probes:
    """The probes of all servers.

    Args:
        supervisor: runs them, each as a task of its own.
        servers: those that have a `listen_probe`, as configured at the moment.
        states: the streams of a server as it is polled, by its name.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        servers: Callable[[], Iterable[ProbedServer]],
        states: Callable[[str], Sequence[StreamState]],
    ) -> None:
        self._supervisor, self._servers, self._states = supervisor, servers, states
        self._resolver = Resolver()
        self._probes: dict[Stream, Probe] = {}
        self._on_air: dict[str, OnAir] = {}
        self._ended: deque[tuple[Stream, Probe]] = deque(maxlen=MOST_ENDED)
        self._shown: tuple[list[ProbeReading], set[tuple[str, str]]] = [], set()
        self._block: Block = {}
        self._deaf = False

    def block(self) -> Block:
        """What is known now; the same object while nothing has changed."""
        readings = [probe.reading() for probe in self._probes.values()]
        left = {(known.server, known.mount) for known, probe in self._ended if probe.counted}
        if (readings, left) != self._shown:
            self._shown, self._block = (readings, left), metrics.render(readings, left)
        return self._block

    def listening(self, server: str, mount: str) -> int:
        """How many of the listeners that the server counts on a mount are probes of ours.

        One at most: where a probe has taken another's place, the latest reading has this one or that one.
        """
        known = chain(self._probes.items(), self._ended)
        return int(any((one.server, one.mount) == (server, mount) and probe.counted for one, probe in known))

    async def run(self) -> None:
        """Start and end probes for ever, as streams and the configuration come and go."""
        while True:
            await self._adjust()
            await asyncio.sleep(ROUND)

    async def _adjust(self) -> None:
        servers = list(self._servers())
        self._on_air = {server.name: self._on_air.get(server.name) or OnAir() for server in servers}
        wanted = dict.fromkeys(chosen for server in servers for chosen in self._wanted(server))
        gone = [known for known in self._probes if known not in wanted]
        if gone:
            await self._supervisor.stop([_task(one) for one in gone])
        leaving = [*self._ended, *((one, self._probes.pop(one)) for one in gone)]
        self._ended = deque(((one, probe) for one, probe in leaving if probe.counted), MOST_ENDED)
        for one in wanted:
            if one not in self._probes:
                self._begin(one)

    def _begin(self, one: Stream) -> None:
        if one.settings.decode == "auto" and not self._deaf and decoder.find() is None:
            self._deaf = True
            log.warning("ffmpeg is not installed: probes count bytes, and nobody hears whether they are silence")
        self._probes[one] = Probe(one, self._resolver)
        self._supervisor.start(_task(one), self._probes[one].run)

    def _wanted(self, server: ProbedServer) -> Iterator[Stream]:
        mounts = named(server) or self._chosen(server)
        return (stream(server, mount) for mount in mounts)

    def _chosen(self, server: ProbedServer) -> list[str]:
        on_air, limit = self._on_air[server.name], server.probe.limit
        before = on_air.left_out
        listening = {known.mount for known in self._probes if known.server == server.name}
        chosen = on_air.choose(self._states(server.name), listening, limit)
        if on_air.left_out and not before:
            log.warning("probe %s: more than %d streams are on the air: the others are not heard", server.name, limit)
        return chosen


def _task(one: Stream) -> str:
    """`probe main /live.mp3`: in the log and in `radio_exporter_task_restarts_total`."""
    return f"probe {one.server} {one.mount}"
