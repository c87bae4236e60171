"""Reads the list of listeners of each stream that somebody listens to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.config.networks import Networks, forwarded, parsed
from exporter.polling.walk import Attendance, Walk
from exporter.shoutcast.client import ShoutcastClient
from exporter.shoutcast.listeners import Listener
from exporter.shoutcast.reading import StreamReading

AT_ONCE = 500
"""Listeners handed over between two turns of the event loop."""

_STREAMS, _UIDS = 2**31, 2**32
"""Streams that there can be, and numbers of connections in each: both fit into one number of 63 bits."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One listener. `connection` = stream and number in one: stream * 2**32 + uid."""

    connection: int
    address: str = field(repr=False)
    agent: str
    seconds: int


class AudienceWalk:
    """The walks over the streams of one server."""

    def __init__(
        self, server: str, client: ShoutcastClient, timeout: float, attendance: Attendance[Connection]
    ) -> None:
        self._client = client
        self._walk = Walk(f"shoutcast/{server}", timeout, attendance)

    async def walk(self, streams: Iterable[StreamReading], trusted: Networks) -> None:
        """Ask for each of the streams that has listeners. Whose proxies are `trusted` has the address they tell."""

        async def read(stream: str) -> None:
            listeners = await self._client.listeners(stream)
            for first in range(0, len(listeners), AT_ONCE):
                some = listeners[first : first + AT_ONCE]
                await self._walk.attendance.call(stream, [_connection(int(stream), one, trusted) for one in some])

        streams = list(streams)
        self._walk.attendance.expect([stream.stream for stream in streams if stream.up])
        # Who does not say how many listen is asked.
        listened = [stream.stream for stream in streams if stream.listeners != 0]
        await self._walk.over([stream for stream in listened if int(stream) < _STREAMS], read)


def _connection(stream: int, one: Listener, trusted: Networks) -> Connection:
    return Connection(stream * _UIDS + one.uid % _UIDS, _address(one, trusted), one.agent, one.seconds)


def _address(one: Listener, trusted: Networks) -> str:
    """Where somebody listens: an address, or the text that stands in its place."""
    if not one.forwarded or parsed(one.host) not in trusted:
        return one.host
    told = forwarded(one.forwarded.split(","), trusted)
    return str(parsed(told) or told.strip())
