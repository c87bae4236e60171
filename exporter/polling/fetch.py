"""Fetches one document over HTTP piece by piece, with every way to fail told apart."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator

import aiohttp

from exporter.errors import AuthRefused, BadStatus, ConnectionFailed, ParseError

PIECE = 65536
LARGEST_STREAM = 256 * 2**20
"""Bytes of a document that is read piece by piece: 1.7 million listeners' rows."""

LARGEST_BODY = 8 * 2**20
"""Bytes of a document that is read whole: the statistics of 10,000 mounts. Parsing it holds everything else up."""


async def pieces(
    session: aiohttp.ClientSession,
    url: str,
    headers: dict[str, str] | None = None,
    largest: int = LARGEST_STREAM,
) -> AsyncIterator[bytes]:
    """The body of a 200 reply, in pieces of at most 64 KiB. The caller sets the deadline.

    Redirects are not followed: a statistics page that moved is a login page or a mistake in the configuration.

    Raises:
        ConnectionFailed, AuthRefused, BadStatus: as errors.py says.
        ParseError: an empty body, or one beyond `largest` bytes.
    """
    size = 0
    try:
        async with session.get(url, headers=headers, allow_redirects=False) as reply:
            _check_status(reply, credentials="Authorization" in (headers or {}))
            async for piece in reply.content.iter_chunked(PIECE):
                size += len(piece)
                if size > largest:
                    raise ParseError(f"the answer is longer than {largest // 2**20} MiB")
                yield piece
                # Pieces that have arrived already come without a pause; others must get their turn between them.
                await asyncio.sleep(0)
    except aiohttp.ClientError as error:
        raise told_apart(error) from error
    if not size:
        raise ParseError("the answer is empty")


async def body(
    session: aiohttp.ClientSession,
    url: str,
    headers: dict[str, str] | None = None,
) -> bytes:
    """The whole body of a 200 reply; raises as `pieces` does."""
    return b"".join([piece async for piece in pieces(session, url, headers, LARGEST_BODY)])


def _check_status(reply: aiohttp.ClientResponse, *, credentials: bool) -> None:
    if reply.status in (401, 403) and credentials:
        raise AuthRefused(f"the server refused the credentials (HTTP {reply.status}): check username and password")
    if reply.status in (401, 403):
        raise AuthRefused(
            f"the server wants credentials (HTTP {reply.status}): give a password, or let us read this page"
        )
    if 300 <= reply.status < 400:
        raise BadStatus(f"the server sends us elsewhere (HTTP {reply.status}): check the url", reply.status)
    if reply.status != 200:
        raise BadStatus(f"the server answered HTTP {reply.status}", reply.status)


def told_apart(error: aiohttp.ClientError) -> ConnectionFailed | BadStatus:
    """What has happened, in our words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError | ssl.SSLError):
        return ConnectionFailed("no trusted TLS connection: check the certificate, and whether the url means https")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ConnectionFailed("the host name cannot be resolved: check the url and the DNS")
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = os.strerror(error.os_error.errno) if error.os_error.errno else "failed"
        return ConnectionFailed(f"no connection ({reason}): is the server running?")
    if isinstance(error, aiohttp.ClientResponseError):
        return BadStatus("the answer is not HTTP: check the port")
    if isinstance(error, aiohttp.ClientPayloadError):
        return ConnectionFailed("the connection broke in the middle of the answer")
    return ConnectionFailed("the server closed the connection without an answer")
