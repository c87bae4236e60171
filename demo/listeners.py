"""Real HTTP listeners, as many per mount as are wanted at the moment; all of them live in this one process."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast

from demo.day import stay
from demo.people import Person, invent
from demo.ports import can_choose_address

MOVES_PER_SECOND = 15  # people come and leave one by one, also after a rush

Wanted = Callable[[], Mapping[str, int]]


class Listener(asyncio.Protocol):
    """One connection that asks for a mount and throws away what it hears."""

    def __init__(self, person: Person, mount: str, until: float) -> None:
        self.person = person
        self.until = until
        self.open = True
        self._mount = mount
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self._transport = cast("asyncio.Transport", transport)
        lines = (f"GET {self._mount} HTTP/1.0", "Host: localhost", f"User-Agent: {self.person.agent}", "", "")
        self._transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        """Nobody needs the sound."""

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        """Note that the server closed, or we did."""
        self.open = False

    def leave(self) -> None:
        """Close the connection."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()


class Crowd:
    """Keeps as many listeners on each mount as `wanted` asks for. `speed` shortens their sessions."""

    def __init__(self, host: str, port: int, wanted: Wanted, *, people: int, speed: float, dice: random.Random) -> None:
        self._host, self._port = host, port
        self._wanted = wanted
        self._speed = speed
        self._dice = dice
        self._people = invent(people, dice)
        self._present: defaultdict[str, list[Listener]] = defaultdict(list)

    def count(self) -> Counter[str]:
        """Return how many listen to each mount."""
        return Counter({mount: len(listeners) for mount, listeners in self._present.items()})

    async def run(self) -> None:
        """Let people come and go for ever; all leave at the end."""
        try:
            while True:
                for mount, number in self._wanted().items():
                    await self._adjust(mount, number)
                await asyncio.sleep(1)
        finally:
            for listener in [one for listeners in self._present.values() for one in listeners]:
                listener.leave()

    async def _adjust(self, mount: str, number: int) -> None:
        now = time.monotonic()
        staying = []
        for listener in self._present[mount]:
            if listener.open and listener.until <= now:
                listener.leave()
            elif listener.open:
                staying.append(listener)
        self._present[mount] = staying
        for _ in range(min(len(staying) - number, MOVES_PER_SECOND)):
            staying.pop(self._dice.randrange(len(staying))).leave()
        for _ in range(min(number - len(staying), MOVES_PER_SECOND)):
            await self._arrive(mount)

    async def _arrive(self, mount: str) -> None:
        listener = Listener(self._somebody(), mount, time.monotonic() + stay(self._dice, self._speed))
        local = (listener.person.address, 0) if can_choose_address(self._host) else None
        with suppress(OSError):  # the server is away: they try again in a second
            await asyncio.get_running_loop().create_connection(
                lambda: listener, self._host, self._port, local_addr=local
            )
            self._present[mount].append(listener)

    def _somebody(self) -> Person:
        """Return a person who is not listening yet, or anyone when the whole town listens."""
        busy = {listener.person for listeners in self._present.values() for listener in listeners}
        return self._dice.choice([person for person in self._people if person not in busy] or self._people)
