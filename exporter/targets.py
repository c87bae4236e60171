"""Makes the targets of a configuration, and keeps those whose part of it did not change."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp

from exporter.audience.audience import Audience
from exporter.audience.seats import Seats
from exporter.clock import milliseconds
from exporter.config.schema import Config, IcecastServer, ShoutcastServer
from exporter.config.schema_sam import SamDatabase
from exporter.config.section import Watched
from exporter.icecast.target import IcecastTarget
from exporter.polling.target import Target
from exporter.sam.studio import Surroundings
from exporter.sam.target import SamTarget
from exporter.shoutcast.target import ShoutcastTarget

Key = tuple[Watched, str]
"""A target's part of the configuration, and what else it is made of."""


class Targets:
    """The servers and studios that are polled.

    Args:
        audience: makes sessions of lists of listeners.
        proxies: the networks whose `X-Forwarded-For` is believed at the moment.
        around: what a studio needs of the rest of the exporter.
    """

    def __init__(
        self,
        audience: Audience,
        proxies: Callable[[], Iterable[str]],
        around: Callable[[SamDatabase], Surroundings],
    ) -> None:
        self._audience, self._proxies, self._around = audience, proxies, around
        self._known: dict[Key, Target] = {}

    def wanted(self, session: aiohttp.ClientSession, config: Config) -> Iterable[Target]:
        """Those of a configuration. One whose part did not change is the same as before, and so has its memory."""
        kept = self._known
        self._known = {key: kept.get(key) or make() for key, make in self._makers(session, config)}
        return self._known.values()

    def _makers(self, session: aiohttp.ClientSession, config: Config) -> Iterator[tuple[Key, Callable[[], Target]]]:
        """How each is made, by all that decides whether it is still the same."""
        station = config.station.timezone
        for server in config.icecast:
            yield (server, ""), partial(self._icecast, server, session)
        for dnas in config.shoutcast:
            yield (dnas, ""), partial(self._shoutcast, dnas, session)
        for studio in config.sam:
            yield (studio, station), partial(self._sam, studio, station)

    def _icecast(self, server: IcecastServer, session: aiohttp.ClientSession) -> IcecastTarget:
        return IcecastTarget(server, session, self._audience.attendance(server.name))

    def _shoutcast(self, server: ShoutcastServer, session: aiohttp.ClientSession) -> ShoutcastTarget:
        return ShoutcastTarget(server, session, Seats(server.name, self._audience, milliseconds), self._proxies)

    def _sam(self, studio: SamDatabase, station: str) -> SamTarget:
        return SamTarget(studio, (ZoneInfo(studio.timezone or station), ZoneInfo(station)), self._around(studio))
