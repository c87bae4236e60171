"""Real listeners of an Icecast: who comes when, from where and with what, and how long each really stayed."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import cast

from tests.integration.truth.people import HERE, MACHINES, PLAYERS, Agent, Network, listener
from tests.integration.truth.truth import Listening

NUMBER = 200
ARRIVALS = 24.0
"""Seconds within which all of them come, one after the other."""

LONGEST = 12.0
"""Seconds that one stays."""

MOUNTS = ("/live.mp3", "/jazz.mp3", "/night.mp3")


@dataclass(slots=True)
class Visit:
    """One connection: what was planned, and in Unix time what came of it."""

    mount: str
    network: Network
    address: str
    agent: Agent
    arrives: float
    stays: float
    began: float = 0.0
    ended: float = 0.0
    dropped: bool = False

    @property
    def lasted(self) -> float:
        """Seconds."""
        return self.ended - self.began

    def listening(self, server: str, reason: str, lasted: int) -> Listening | None:
        """As the truth counts it, having lasted so many milliseconds; None if no person listened."""
        if not self.agent.person:
            return None
        began = round(self.began * 1000)
        return Listening(
            server,
            self.mount,
            "icecast",
            self.network.country,
            self.agent.player_class,
            listener(self.address, self.agent.text),
            began,
            began + lasted,
            reason,
            0,
        )


def visits(shortest: float, dice: random.Random) -> list[Visit]:
    """Everybody who will come: a fifth are machines, a quarter of the others come a second time."""
    guests = [
        (dice.choice(HERE), dice.getrandbits(16), dice.choice(MACHINES if number % 5 == 0 else PLAYERS))
        for number in range(NUMBER * 4 // 5)
    ]
    coming = [*guests, *dice.sample(guests, NUMBER - len(guests))]
    return [
        Visit(
            dice.choice(MOUNTS),
            network,
            network.address(number),
            agent,
            ARRIVALS * place / NUMBER,
            dice.uniform(shortest, LONGEST),
        )
        for place, (network, number, agent) in enumerate(coming)
    ]


class _Connection(asyncio.Protocol):
    """Asks for a mount and throws away what it hears."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._visit.began = time.time()
        agent = self._visit.agent.text
        lines = [f"GET {self._visit.mount} HTTP/1.0", *([f"User-Agent: {agent}"] if agent else []), "", ""]
        self._transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/") and b" 200 " not in data[:20]:
            self._visit.dropped = True

    def connection_lost(self, _: Exception | None) -> None:
        if not self._visit.ended:
            self._visit.dropped, self._visit.ended = True, time.time()

    def leave(self) -> None:
        """Hang up."""
        self._visit.ended = time.time()
        if self._transport is not None:
            self._transport.abort()


async def visit(one: Visit, host: str, port: int, noticed: asyncio.Event) -> None:
    """Come, stay from when one is noticed, and leave."""
    await asyncio.sleep(one.arrives)
    connect = asyncio.get_running_loop().create_connection
    _, protocol = await connect(lambda: _Connection(one), host, port, local_addr=(one.address, 0))
    await noticed.wait()
    await asyncio.sleep(one.stays)
    protocol.leave()
