"""Which address a request comes from: the connection's, or what a trusted proxy says of it."""

from aiohttp import hdrs, web

from exporter.config.networks import Address, Networks, forwarded, parsed

FORWARDING = (hdrs.X_FORWARDED_FOR, hdrs.FORWARDED, "X-Real-IP")
"""Headers that show that a request came through a proxy."""


def peer(request: web.Request, trusted: Networks) -> Address | None:
    """Who sent the request; None if that cannot be known."""
    address = parsed(request.remote or "")
    if address not in trusted or hdrs.X_FORWARDED_FOR not in request.headers:
        return address
    chain = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR)).split(",")
    return parsed(forwarded(chain, trusted))


def proxied_by_stranger(request: web.Request, trusted: Networks) -> bool:
    """Whether a proxy that nobody named passed the request on: the connection's address says nothing then."""
    return any(header in request.headers for header in FORWARDING) and parsed(request.remote or "") not in trusted
