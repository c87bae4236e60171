"""Asks one Shoutcast DNAS for its public statistics, in the way its version knows."""

import aiohttp

from exporter.config.schema import ShoutcastServer
from exporter.errors import BadStatus, ParseError
from exporter.polling import fetch
from exporter.shoutcast.reading import ShoutcastReading, parse_v1, parse_v2

# v1 shows its pages to browsers alone, and plays the stream to every other agent.
BROWSER = {"User-Agent": "Mozilla/5.0 (radio-exporter)"}


class ShoutcastClient:
    """One server's statistics. With `version: auto` the one that answered is asked from then on."""

    def __init__(self, session: aiohttp.ClientSession, server: ShoutcastServer) -> None:
        self._session = session
        self._url = server.url.rstrip("/")
        self._configured = self._version = server.version

    async def stats(self) -> ShoutcastReading:
        """What the server says of its streams; raises PollError, and the caller sets the deadline."""
        if self._version == "auto":
            return await self._find_version()
        try:
            return await self._ask(self._version)
        except (BadStatus, ParseError):
            self._version = self._configured  # it may have been replaced by another version
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
