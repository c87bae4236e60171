"""Looks whether this machine has an exporter of its own, which tells of CPU, memory and network already."""

import asyncio
import logging
import time
from collections.abc import Mapping

import aiohttp

from exporter.errors import PollError
from exporter.polling.fetch import pieces

log = logging.getLogger(__name__)

PORTS: Mapping[int, str] = {9100: "node_exporter", 9182: "windows_exporter"}
"""What usually answers there: https://github.com/prometheus/prometheus/wiki/Default-port-allocations"""

ASK_AGAIN = 600.0
"""Seconds from one question to the next."""

WITHIN = 5.0
LARGEST_PAGE = 16 * 2**20


class Neighbours:
    """Who answers, asked for now and then: at boot they may start after us.

    One that cannot be recognised (it wants a password or TLS, or something else sits on its port) does not count: to
    have figures twice is better than not at all.

    Args:
        ports: where to ask, with what is expected there.
    """

    def __init__(self, ports: Mapping[int, str] = PORTS) -> None:
        self._ports = ports
        self._found: tuple[str, int] | None = None
        self._asked: float | None = None

    async def there(self) -> bool:
        """Whether one answered when they were last asked."""
        if self._asked is None or time.monotonic() - self._asked > ASK_AGAIN:
            first, self._asked = self._asked is None, time.monotonic()
            before, self._found = self._found, await self._ask()
            if first or before != self._found:
                self._tell()
        return self._found is not None

    def forget(self) -> None:
        """Ask and tell anew."""
        self._asked = None

    async def _ask(self) -> tuple[str, int] | None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            asked = [(product, port) for port, product in self._ports.items()]
            answers = await asyncio.gather(*(_answers(session, *one) for one in asked))
        return next((one for one, answered in zip(asked, answers, strict=True) if answered), None)

    def _tell(self) -> None:
        if self._found is None:
            asked = " or ".join(f"{product} (port {port})" for port, product in self._ports.items())
            log.info("host.enabled is auto, and no %s answers: CPU, memory and network are read here", asked)
        else:
            told = "host.enabled is auto, and %s answers on port %d: CPU, memory and network are left to it"
            log.info(told, *self._found)


async def _answers(session: aiohttp.ClientSession, product: str, port: int) -> bool:
    """Whether the page at a port of loopback is this product's."""
    sign = f"\n{product}_build_info{{".encode()
    seen, found = b"", False
    try:
        async with asyncio.timeout(WITHIN):
            async for piece in pieces(session, f"http://127.0.0.1:{port}/metrics", largest=LARGEST_PAGE):
                seen = seen[-len(sign) :] + piece
                found |= sign in seen
    except (PollError, TimeoutError):
        return False
    return found
