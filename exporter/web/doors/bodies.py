"""Reads a request's body: so much, in so much time, packed or not."""

import asyncio

from aiohttp import hdrs, web

from exporter.web.doors.refusal import Refusal

WITHIN = 30.0
"""Seconds for the whole body."""

CODINGS = ("", "identity", "gzip", "deflate")


async def read(request: web.Request, most: int, within: float = WITHIN) -> bytes:
    """The body, unpacked; Refusal if it is longer than `most` bytes, or not there within so many seconds.

    aiohttp unpacks in small pieces, and only when they are asked for: a bomb is found out while it is still small.
    """
    if request.headers.get(hdrs.CONTENT_ENCODING, "").lower() not in CODINGS:
        raise Refusal(415, "type", "the body may be packed with gzip, or not at all", {hdrs.ACCEPT_ENCODING: "gzip"})
    if (request.content_length or 0) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(within):
            return await _pieces(request, most)
    except TimeoutError as error:
        raise Refusal(408, "timeout", f"the body was not complete within {within:g} s") from error
    except web.RequestPayloadError as error:
        raise Refusal(400, "type", "the body cannot be unpacked, or ends too early") from error


async def _pieces(request: web.Request, most: int) -> bytes:
    body = bytearray()
    async for piece in request.content.iter_any():
        if len(body) + len(piece) > most:
            raise _too_large(most)
        body += piece
    return bytes(body)


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too_large", f"at most {most:d} bytes are taken at once")
