"""Who a line of a log is about: the same identity, place, player and channel as if the exporter had watched it."""

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from exporter.audience.geo import Geo, Place
from exporter.audience.identity import Identities
from exporter.audience.players import Player, Players
from exporter.bounded import Bounded
from exporter.ingest.reading import LONGEST_ADDRESS, LONGEST_AGENT, cleaned

_DAY = 86_400_000
_REMEMBERED = 1 << 16


class Who(NamedTuple):
    """One listener; the address has ended here."""

    identity: bytes
    address: bytes
    place: Place
    player: Player


class Listeners:
    """Looks up and hashes; it remembers those it was asked for last, as long as the command runs.

    Args:
        identities: the keys of the exporter.
        geo: where addresses are.
        channels: which have a label of their own.
        prefixes: beginnings of the mounts that are wanted; none = all of them.
    """

    def __init__(self, identities: Identities, geo: Geo, channels: Bounded, prefixes: Collection[str]) -> None:
        self._identities, self._geo, self._channels = identities, geo, channels
        self._players = Players()
        self._prefixes = tuple(prefixes)
        self.returning = identities.returning
        """Whether a listener is known again on another day."""
        self.channel = lru_cache(maxsize=1024)(self._channel)
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._who)

    def who(self, address: str, agent: str, at: int) -> Who:
        """The listener at a moment (ms): with daily keys that makes a difference."""
        return self._remembered(address, agent, 0 if self.returning else at // _DAY * _DAY)

    def _who(self, address: str, agent: str, day: int) -> Who:
        address, agent = address[:LONGEST_ADDRESS], agent[:LONGEST_AGENT]
        identity, hashed = self._identities.of(address, agent, day)
        return Who(identity, hashed, self._geo.place(address), self._players.of(agent))

    def _channel(self, path: str) -> str | None:
        """The mount that a path asks for; None if it is not wanted."""
        mount = cleaned(unquote(path.partition("?")[0], errors="replace"))
        if not mount or (self._prefixes and not mount.startswith(self._prefixes)):
            return None
        return self._channels.fold(mount)
