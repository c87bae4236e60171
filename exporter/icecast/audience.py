"""Reads each live mount's list of listeners in turn: who is there, which are relays and probes, how far one lags."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from exporter.icecast.client import IcecastClient
from exporter.icecast.listclients import Listener
from exporter.polling.walk import Attendance, Walk


@dataclass(slots=True)
class MountAudience:
    """Of one mount: how many listeners are relays, and probes; the largest lag in bytes where it is told (KH)."""

    relays: int = 0
    probes: int = 0
    largest_lag: int | None = None

    def take(self, listeners: Iterable[Listener]) -> None:
        """Count some listeners."""
        for listener in listeners:
            self.relays += listener.relay
            self.probes += listener.probe
            if listener.lag_bytes is not None:
                self.largest_lag = max(self.largest_lag or 0, listener.lag_bytes)


class AudienceWalk:
    """The latest audience of every mount of one server."""

    def __init__(self, server: str, client: IcecastClient, timeout: float, attendance: Attendance[Listener]) -> None:
        self._client = client
        self._walk = Walk(f"icecast/{server}", timeout, attendance)
        self.mounts: Mapping[str, MountAudience] = {}

    async def walk(self, listened: Collection[str], idle: Collection[str], server_start: float | None) -> None:
        """Ask for each of the mounts somebody listens to; nobody on an idle mount needs no request.

        If the server does not answer, its audiences are unknown, rather than old.
        """
        audiences = {mount: MountAudience() for mount in idle}

        async def read(mount: str) -> None:
            if (audience := await self._read(mount)) is not None:
                audiences[mount] = audience

        self._walk.attendance.expect([*listened, *idle])
        answers = await self._walk.over(listened, read, server_start)
        self.mounts = audiences if answers else {}

    async def _read(self, mount: str) -> MountAudience | None:
        """The list of one mount; None if the mount is gone."""
        audience = MountAudience()

        async def take(listeners: list[Listener]) -> None:
            audience.take(listeners)
            await self._walk.attendance.call(mount, listeners)

        return audience if await self._client.listeners(mount, take) else None
