"""Looks host names up without ever making one server wait for another's DNS.

asyncio's own look-up takes a thread of a small pool, and one that hangs cannot be cancelled: seven servers whose DNS
is away would keep all others from being read. Here each host has at most one look-up under way, in a thread of its own.
"""

import asyncio
import socket
import threading
from contextlib import suppress

from aiohttp.abc import AbstractResolver, ResolveResult

Answer = list[ResolveResult]


class Resolver(AbstractResolver):
    """Name look-up by the system's resolver, for aiohttp."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, int, int], asyncio.Future[Answer]] = {}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Answer:
        """The addresses of a host; OSError if there are none. The caller sets the deadline."""
        key = (host, port, int(family))
        if key not in self._under_way:
            self._under_way[key] = self._start(host, port, family)
            self._under_way[key].add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(self._under_way[key])

    async def close(self) -> None:
        """Nothing to close: a look-up that hangs ends with the process."""

    def _start(self, host: str, port: int, family: socket.AddressFamily) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()

        def tell(result: Answer | OSError) -> None:
            if answer.cancelled():
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def look_up() -> None:
            result = _look_up(host, port, family)
            with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
                loop.call_soon_threadsafe(tell, result)

        threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True).start()
        return answer

    def _ended(self, key: tuple[str, int, int], done: asyncio.Future[Answer]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waited has it; nobody may be waiting any more


def _look_up(host: str, port: int, family: socket.AddressFamily) -> Answer | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
    except OSError as error:
        return error
    except UnicodeError:
        return OSError("no host name")
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=int(address[1]),
            family=kind,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for kind, _, protocol, _, address in found
    ]
