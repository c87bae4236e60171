"""Asks one Shoutcast DNAS: its public statistics, in the way its version knows, and who listens to a stream of v2."""

import aiohttp

from exporter.config.schema import ShoutcastServer
from exporter.errors import BadStatus, ParseError
from exporter.polling import fetch
from exporter.shoutcast.listeners import Listener, parse_listeners
from exporter.shoutcast.reading import ShoutcastReading, parse_v1, parse_v2

# v1 shows its pages to browsers alone, and plays the stream to every other agent.
BROWSER = {"User-Agent": "Mozilla/5.0 (radio-exporter)"}


class ShoutcastClient:
    """One server's documents. With `version: auto` the one that answered is asked from then on."""

    def __init__(self, session: aiohttp.ClientSession, server: ShoutcastServer) -> None:
        self._session = session
        self._url = server.url.rstrip("/")
        self._configured = self._version = server.version
        self._credentials = _credentials(server)

    @property
    def lists(self) -> bool:
        """Whether lists of listeners can be read: they are v2's, and need the admin password."""
        return self._credentials is not None and self._version != 1

    async def stats(self) -> ShoutcastReading:
        """What the server says of its streams; raises PollError, and the caller sets the deadline."""
        if self._version == "auto":
            return await self._find_version()
        try:
            return await self._ask(self._version)
        except (BadStatus, ParseError):
            self._version = self._configured  # it may have been replaced by another version
            raise

    async def listeners(self, stream: str) -> list[Listener]:
        """Who listens to a stream; nobody if it is gone, as it can be meanwhile. Raises PollError."""
        url = f"{self._url}/admin.cgi?sid={stream}&mode=viewjson&page=3"
        try:
            return parse_listeners(await fetch.body(self._session, url, headers=BROWSER | (self._credentials or {})))
        except BadStatus as error:
            if error.status in (400, 404):
                return []
            raise

    async def _find_version(self) -> ShoutcastReading:
        try:
            reading, self._version = await self._ask(2), 2
        except (BadStatus, ParseError):
            reading, self._version = await self._ask(1), 1
        return reading

    async def _ask(self, version: int | str) -> ShoutcastReading:
        if version == 2:
            return parse_v2(await fetch.body(self._session, f"{self._url}/statistics?json=1", headers=BROWSER))
        return parse_v1(await fetch.body(self._session, f"{self._url}/7.html", headers=BROWSER))


def _credentials(server: ShoutcastServer) -> dict[str, str] | None:
    """The header that shows user and password; None without a password."""
    if server.password is None:
        return None
    return {"Authorization": aiohttp.encode_basic_auth(server.username, server.password.reveal())}
