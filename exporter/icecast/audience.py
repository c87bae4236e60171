"""Reads each live mount's list of listeners in turn: how many are relays, how far the slowest lags behind.

This is a walk of its own beside the polls: it is slower, one request a mount, and its failures cost nothing but its own
rows.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exporter.errors import ParseError, PollError
from exporter.icecast.client import IcecastClient
from exporter.icecast.listclients import Listener

log = logging.getLogger(__name__)


@dataclass(slots=True)
class MountAudience:
    """Of one mount: its listeners that relay it, and the largest lag in bytes where the server tells it (KH)."""

    relays: int = 0
    largest_lag: int | None = None

    def take(self, listener: Listener) -> None:
        """Count one listener."""
        self.relays += listener.relay
        if listener.lag_bytes is not None:
            self.largest_lag = max(self.largest_lag or 0, listener.lag_bytes)


class AudienceWalk:
    """The latest audience of every mount of one server."""

    def __init__(self, server: str, client: IcecastClient, timeout: float) -> None:
        self._server = server
        self._client = client
        self._timeout = timeout
        self._failing = False
        self.mounts: Mapping[str, MountAudience] = {}

    async def walk(self, listened: Collection[str], idle: Collection[str]) -> None:
        """Ask for each of the mounts somebody listens to; nobody on an idle mount needs no request.

        A list that cannot be understood costs its own mount. A server that does not answer ends the walk: its audiences
        are unknown then, rather than old.
        """
        audiences = {mount: MountAudience() for mount in idle}
        problem: str | None = None
        for mount in listened:
            try:
                async with asyncio.timeout(self._timeout):
                    audience = MountAudience()
                    if await self._client.listeners(mount, audience.take):
                        audiences[mount] = audience
            except ParseError as error:
                problem = str(error)
            except (PollError, TimeoutError) as error:
                problem, audiences = str(error) or f"no answer within {self._timeout:g} s", {}
                break
        self.mounts = audiences
        if problem and not self._failing:
            log.warning("icecast/%s: the lists of listeners cannot be read: %s", self._server, problem)
        self._failing = problem is not None
