"""An audience as small as a decoder needs it: it knows what it is told to know, and keeps what it was asked."""

from typing import Any

from exporter.audience.facts import Listener

NOW = 1_795_255_800_000
"""2026-11-21 10:10 UTC."""

MINUTE, DAY = 60_000, 86_400_000


class StandIn:
    """`epoch` = the known start of every Icecast."""

    def __init__(self, *known: bytes, epoch: int | None = None) -> None:
        self.sessions = set(known)
        self.asked: list[dict[str, Any]] = []
        self.epoch = epoch

    def known(self, key: bytes) -> bool:
        return key in self.sessions

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
        self.asked.append({"address": address, "agent": agent, "at": at})
        return Listener(
            server, channel, protocol, b"i" * 16, b"a" * 16, country=country or "unknown", connection=connection
        )

    def connection_key(self, server: str, connection: int) -> bytes | None:
        return None if self.epoch is None else f"{server}/{self.epoch}/{connection}".encode()
