"""How a test ends a server of its own while its clients go on."""

import asyncio


async def end(server: asyncio.Server) -> None:
    """Take no more connections, and close. Those that are open are left to whoever serves them."""
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener.fileno())
    # What has been accepted gets its transport. `Server.close` alone would leave its socket open, of which Python warns
    # in whichever test comes next (Python 3.11: `Server._attach` fails in a transport that is half made).
    await asyncio.sleep(0)
    server.close()
