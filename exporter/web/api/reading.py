"""What every path that answers with figures has in common: who may read, what is said when it cannot be, caching."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from aiohttp import ETag, hdrs, web

from exporter.config.units import Secret
from exporter.errors import StoreFailed
from exporter.reports.query import BadQuery
from exporter.web import keys

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RETRY_AFTER = "5"
"""Seconds after which to ask again when the store failed."""


def reads(handler: Handler) -> Handler:
    """A handler behind the read token, if one is configured; a query that cannot be used is 400, a failed store 503."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        token = request.app[keys.CONFIG]().api.token
        if token and not _shows(request.headers.get(hdrs.AUTHORIZATION, ""), token):
            challenge: dict[str, str] = {hdrs.WWW_AUTHENTICATE: 'Bearer realm="radio-exporter"'}
            return refusal(401, "show the read token (api.token) as `Authorization: Bearer …`", challenge)
        try:
            return await handler(request)
        except BadQuery as error:
            return refusal(400, str(error))
        except StoreFailed as error:
            return refusal(503, str(error), {hdrs.RETRY_AFTER: RETRY_AFTER})

    guarded.__doc__ = handler.__doc__
    return guarded


def refusal(status: int, why: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """Why not, as JSON."""
    body = msgspec.json.encode({"error": why})
    told = {hdrs.CACHE_CONTROL: "no-store"} | dict(headers or {})
    return web.Response(body=body, status=status, content_type="application/json", headers=told)


def answer(request: web.Request, body: Any, *, max_age: int, link: str | None = None) -> web.Response:
    """The body as JSON, or 304 to one who has it. Equal bytes have equal tags, so the tag is a strong one.

    Args:
        request: what is answered.
        body: anything that msgspec encodes.
        max_age: seconds for which the reader need not ask again.
        link: where the next page is.
    """
    encoded = msgspec.json.encode(body)
    tag = blake2b(encoded, digest_size=12).hexdigest()
    unchanged = any(known.value in (tag, "*") for known in request.if_none_match or ())
    response = web.Response(status=304) if unchanged else web.Response(body=encoded, content_type="application/json")
    response.etag = ETag(tag)
    response.headers[hdrs.CACHE_CONTROL] = f"private, max-age={max_age}"
    if link:
        response.headers[hdrs.LINK] = f'<{link}>; rel="next"'
    return response


def _shows(header: str, token: Secret) -> bool:
    scheme, _, shown = header.partition(" ")
    right = hmac.compare_digest(shown.strip().encode("utf-8", "replace"), token.reveal().encode())
    return right and scheme.lower() == "bearer"
