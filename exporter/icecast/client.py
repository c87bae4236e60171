"""Asks one Icecast: its statistics, and who listens to a mount.

With the admin password `/admin/stats` is read: one request for every mount, well-formed with any title, hidden mounts
and byte counters included. Without it the public documents must do: `/status-json.xsl`, or `/admin/publicstats.json`
where the server turns out to be 2.5.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import aiohttp

from exporter.config.schema import IcecastServer
from exporter.errors import AuthRefused, BadStatus, ParseError
from exporter.icecast.listclients import Listener, ListenerParser
from exporter.icecast.reading import IcecastReading
from exporter.icecast.stats_json import parse_stats_json
from exporter.icecast.stats_xml import StatsParser
from exporter.polling import fetch

TAKEN_AT_ONCE = 1000
"""Listeners that are handed over together: fewer would cost more to commit than to look at."""


class IcecastClient:
    """One server's documents. Every method raises PollError; the caller sets the deadline."""

    def __init__(self, session: aiohttp.ClientSession, server: IcecastServer) -> None:
        self._session = session
        self._url = server.url.rstrip("/")
        self._credentials = _credentials(server)
        self._public_json = True

    @property
    def admin(self) -> bool:
        """Whether the admin pages can be read at all."""
        return self._credentials is not None

    async def stats(self) -> IcecastReading:
        """What the server says of itself and its mounts."""
        return await (self._admin_stats() if self.admin else self._public_stats())

    async def listeners(self, mount: str, take: Callable[[list[Listener]], Awaitable[None]]) -> bool:
        """Hand the listeners of a mount to `take`, some at a time; False if it is gone, as it can be meanwhile."""
        parser = ListenerParser()
        url = f"{self._url}/admin/listclients?mount={quote(mount, safe='/')}"
        try:
            async for piece in fetch.pieces(self._session, url, self._credentials):
                parser.feed(piece)
                if parser.waiting >= TAKEN_AT_ONCE:
                    await take(parser.take())
        except BadStatus as error:
            if error.status in (400, 404):
                return False
            raise
        parser.close()
        await take(parser.take())
        return True

    async def _admin_stats(self) -> IcecastReading:
        parser = StatsParser()
        async for piece in fetch.pieces(self._session, f"{self._url}/admin/stats", self._credentials):
            parser.feed(piece)
        return parser.close()

    async def _public_stats(self) -> IcecastReading:
        reading = await self._status_json()
        if reading.version.startswith("2.5") and self._public_json:
            try:
                return parse_stats_json(await fetch.body(self._session, f"{self._url}/admin/publicstats.json"))
            except (BadStatus, AuthRefused, ParseError):
                self._public_json = False  # something in front of it keeps /admin shut, say; the other one will do
        return reading

    async def _status_json(self) -> IcecastReading:
        try:
            return parse_stats_json(await fetch.body(self._session, f"{self._url}/status-json.xsl"))
        except BadStatus as error:
            if error.status != 404:
                raise
            advice = "no public statistics here (Icecast-KH has none): give the admin password"
            raise BadStatus(advice, error.status) from error


def _credentials(server: IcecastServer) -> dict[str, str] | None:
    """The header that shows user and password; None without a password."""
    if server.password is None:
        return None
    return {"Authorization": aiohttp.encode_basic_auth(server.username, server.password.reveal())}
