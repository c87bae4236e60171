"""Basic auth with bcrypt before every path but `/health` and those that have a lock of their own."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping

import bcrypt
from aiohttp import hdrs, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = frozenset({"/health"})

DOORS = frozenset({"/api/webhook", "/api/v1/icecast/auth", "/api/v1/listens", "/api/v1/playout/health"})
"""They ask for the credentials of `ingest`, and of pages for their origin."""

EVENTS = "/api/v1/events"
"""A door to whoever posts, and a part of the API to whoever reads."""

LISTEN = "/listen/"
"""Sends listeners on to a stream, so it is for everybody."""

API = ("/api/v1/stats/", "/api/v1/music/", f"{EVENTS}/")
API_PATHS = frozenset({"/stats/active", EVENTS})
"""With `api.token` they ask for that."""

REMEMBERED = 128
"""Right passwords that need no second bcrypt. One takes about 50 ms, which is its purpose, and a scrape every 5 s too
much."""

# Compared with when the user is unknown, so that the time of the answer does not tell which names exist.
_NOBODY = "$2b$10$" + "." * 53


class Gate:
    """Who may come in: users with bcrypt hashes; nobody is asked while there are none.

    Args:
        users: hashes by name.
        has_api_token: whether the API asks for a token of its own at the moment, by the configuration it looks at too.
    """

    def __init__(self, users: Mapping[str, str], has_api_token: Callable[[], bool] = lambda: False) -> None:
        self._users, self._has_api_token = dict(users), has_api_token
        self._known: set[bytes] = set()
        self._key = secrets.token_bytes(32)
        # bcrypt runs in threads; two at a time, so that guessing cannot take every thread.
        self._slots = asyncio.Semaphore(2)

    def replace(self, users: Mapping[str, str]) -> None:
        """Exchange the users, after a reload."""
        self._users = dict(users)
        self._known.clear()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """401 for whoever shows no right password."""
        if not self._users or self._passes_by(request) or await self._admits(_header(request)):
            return await handler(request)
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="radio-exporter", charset="UTF-8"'})

    def _passes_by(self, request: web.Request) -> bool:
        """Whether this path is open to all, or has a lock of its own."""
        path = request.path
        if path == EVENTS and request.method == hdrs.METH_POST:
            return True
        if path in OPEN_PATHS or path in DOORS or path.startswith(LISTEN):
            return True
        return (path in API_PATHS or path.startswith(API)) and self._has_api_token()

    async def _admits(self, header: str | None) -> bool:
        if (shown := _shown(header or "")) is None:
            return False
        user, password = shown
        hashed = self._users.get(user, _NOBODY)
        seen = self._fingerprint(user, password, hashed)
        if seen in self._known:
            return True
        async with self._slots:
            right = await asyncio.to_thread(_matches, password, hashed)
        if right and user in self._users:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known.add(seen)
            return True
        return False

    def _fingerprint(self, *parts: str) -> bytes:
        """A keyed hash of what was shown: the password itself is not kept."""
        return hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256)


def _header(request: web.Request) -> str | None:
    return request.headers.get(hdrs.AUTHORIZATION)


def _shown(header: str) -> tuple[str, str] | None:
    """User and password of an Authorization header; RFC 7617."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None


def _matches(password: str, hashed: str) -> bool:
    try:
        return bcrypt.checkpw(password.encode(), hashed.encode())
    except ValueError:  # longer than the 72 bytes that bcrypt takes
        return False
