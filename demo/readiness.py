"""Ask a server's real port whether it is ready."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp

SECONDS = 2.0
PATIENCE = aiohttp.ClientTimeout(total=SECONDS)
ASK_AGAIN = 0.05  # seconds between two questions

Ask = Callable[[], Awaitable[bool]]


async def until(ask: Ask) -> None:
    """Ask again and again until the answer is True. Put a timeout around it."""
    while not await ask():  # noqa: ASYNC110 another process cannot set an event here
        await asyncio.sleep(ASK_AGAIN)


async def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with 200."""
    with suppress(aiohttp.ClientError, TimeoutError):
        async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.get(url) as response:
            return response.status == 200
    return False


async def says(url: str, text: str) -> bool:
    """Whether the page at `url` is answered with 200 and holds `text`."""
    with suppress(aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
        async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.get(url) as response:
            return response.status == 200 and text in await response.text()
    return False


async def accepts(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    return await _connects(host, port, greeting=0)


async def greets(host: str, port: int) -> bool:
    """Whether something there speaks first, as MySQL does once it serves: before, the system accepts in its place."""
    return await _connects(host, port, greeting=1)


async def _connects(host: str, port: int, greeting: int) -> bool:
    """Whether there is a connection, and so many bytes come over it. A full queue drops whoever wants to come in."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                await reader.readexactly(greeting)
                return True
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
    return False
