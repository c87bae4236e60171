"""Basic auth with bcrypt before every path but `/health`."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping

import bcrypt
from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = frozenset({"/health"})

REMEMBERED = 128
"""Right passwords that need no second bcrypt. One takes about 50 ms, which is its purpose, and a scrape every 5 s too
much."""

# Compared with when the user is unknown, so that the time of the answer does not tell which names exist.
_NOBODY = "$2b$10$" + "." * 53


class Gate:
    """Who may come in: users with bcrypt hashes; nobody is asked while there are none."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = dict(users)
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
        if not self._users or request.path in OPEN_PATHS or await self._admits(request.headers.get("Authorization")):
            return await handler(request)
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="radio-exporter", charset="UTF-8"'})

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
