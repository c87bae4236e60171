"""Ask a server's real port whether it is ready."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp

PATIENCE = aiohttp.ClientTimeout(total=2)
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
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
