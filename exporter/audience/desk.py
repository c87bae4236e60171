"""Who a listener is: the address hashed and placed, the player named, and labels that are not too many."""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from pathlib import Path

from exporter.audience.counters import SEPARATOR, Counters
from exporter.audience.facts import Listener
from exporter.audience.geo import Geo
from exporter.audience.identity import Identities, read_key
from exporter.audience.players import Players
from exporter.bounded import OTHER, Bounded
from exporter.config.schema import Config
from exporter.errors import ConfigError

log = logging.getLogger(__name__)

MOST_SERVERS, MOST_PROTOCOLS = 200, 30
"""Labels of their own: senders name servers and protocols as they like."""

LOOK_AT_DATABASE_EVERY = 60.0


class Desk:
    """Where listeners give their address, which goes no further.

    Args:
        config: the sections audience, geoip and privacy.
        state_dir: where the key is made if none is configured.

    Attributes:
        keyless: why nothing that is made here may be stored; None = it may.
    """

    def __init__(self, config: Config, state_dir: Path) -> None:
        self._state_dir, self._geoip = state_dir, config.geoip.database
        self._identities, self.keyless = _identities(config, state_dir)
        self._geo = _geo(self._geoip, state_dir)
        self._players = Players()
        self._channels = Bounded("channel", config.audience.max_channels)
        self._servers = Bounded("server", MOST_SERVERS)
        self._protocols = Bounded("protocol", MOST_PROTOCOLS)

    @property
    def returning(self) -> bool:
        """Whether somebody who comes back tomorrow is known to have been here."""
        return self._identities.returning

    @property
    def geoip_built(self) -> float | None:
        """When the database of places was made, as Unix time."""
        return self._geo.built

    @property
    def dropped(self) -> Mapping[str, int]:
        """By label, how often there was no room for a value, so that it became `other`."""
        return {bounded.family: bounded.dropped for bounded in (self._channels, self._servers, self._protocols)}

    def listener(
        self,
        *,
        server: str,
        channel: str,
        protocol: str,
        address: str,
        agent: str,
        at: int,
        country: str | None = None,
        connection: int | None = None,
    ) -> Listener:
        """Look up and hash; the address ends here. `country` = what the sender says, where no database knows."""
        identity, hashed = self._identities.of(address, agent, at)
        place = self._geo.place(address, country)
        player = self._players.of(agent)
        server, channel = self.labels(server, channel)
        return Listener(
            server,
            channel,
            self._protocols.fold(protocol),
            identity,
            hashed,
            place.country,
            place.city,
            place.latitude,
            place.longitude,
            player.name,
            player.device,
            player.person,
            connection,
        )

    def requester(self, address: str, now: int) -> bytes | None:
        """Who asked for a song: the keyed hash of the address alone; None where no key outlives the day."""
        if not (address and self.returning):
            return None
        return self._identities.of(address, "", now)[1]

    def labels(self, server: str, channel: str) -> tuple[str, str]:
        """Both, or `other`. What is bounded is the pairs of the two: each has two dozen series."""
        server = self._servers.fold(server)
        pair = f"{server}{SEPARATOR}{channel}"
        return server, channel if self._channels.fold(pair) == pair else OTHER

    def know(self, counters: Counters) -> None:
        """These labels are in use since before the start."""
        used = counters.all()
        started = [key for key in used if key[0] == "sessions_started"]
        self._channels.know(f"{server}{SEPARATOR}{channel}" for _, server, channel in started)
        self._servers.know(server for _, server, _ in started)
        self._protocols.know(key[1] for key in used if key[0] == "protocol_sessions_started")

    async def reconfigure(self, config: Config) -> None:
        """Take over a new configuration, as far as it needs no restart."""
        self._channels.most = config.audience.max_channels
        if config.geoip.database != self._geoip:
            old, self._geo = self._geo, await asyncio.to_thread(_geo, config.geoip.database, self._state_dir)
            self._geoip = config.geoip.database
            old.close()

    async def watch_geoip(self) -> None:
        """Take a new database of places when there is one."""
        while True:
            await asyncio.to_thread(self._geo.refresh)
            await asyncio.sleep(LOOK_AT_DATABASE_EVERY)

    def close(self) -> None:
        """Close the database of places."""
        self._geo.close()


def _geo(database: str | None, state_dir: Path) -> Geo:
    return Geo(Path(database) if database else None, state_dir)


def _identities(config: Config, state_dir: Path) -> tuple[Identities, str | None]:
    """The key, or one that is thrown away and why: what was hashed with that must not be stored."""
    if config.privacy.mode == "daily":
        return Identities.daily(state_dir / "identity-days.json"), None
    try:
        return Identities.stable(read_key(state_dir, config.privacy.key)), None
    except ConfigError as error:
        if config.privacy.key:
            raise
        log.error("%s; until then no sessions are kept", error)  # noqa: TRY400  the operator needs no traceback
        return Identities.stable(secrets.token_bytes(32)), f"the key {error.message}"
