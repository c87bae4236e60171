"""Who may push: whoever shows the token or the password, or comes from a configured network."""

import base64
import hmac

from aiohttp import hdrs, web

from exporter.config.networks import Networks
from exporter.config.schema import Ingest
from exporter.web.doors.peers import peer, proxied_by_stranger
from exporter.web.doors.refusal import Refusal

CHALLENGE = 'Basic realm="radio-exporter ingest", charset="UTF-8"'

HOW_TO_OPEN = (
    "this door is shut: give `ingest.token_file`, `ingest.password_file` or `ingest.allow_networks` in the exporter's"
    " configuration, and show the token or the password, or come from such a network"
)


class Locks:
    """The credentials and networks of the configuration.

    Args:
        ingest: the section of the configuration.
        trusted: the proxies whose word is taken.
    """

    def __init__(self, ingest: Ingest, trusted: Networks) -> None:
        self._networks, self._trusted = Networks(ingest.allow_networks), trusted
        self._accepted: list[bytes] = []
        if ingest.token:
            self._accepted.append(b"bearer " + _octets(ingest.token.reveal()))
        if ingest.password:
            pair = f"{ingest.username}:{ingest.password.reveal()}"
            self._accepted.append(b"basic " + _octets(pair))

    def check(self, request: web.Request) -> None:
        """Refusal for whoever may not push. Credentials that are wrong are never passed over."""
        if not (self._accepted or self._networks):
            raise Refusal(403, "auth", HOW_TO_OPEN)
        shown = request.headers.get(hdrs.AUTHORIZATION)
        if shown is not None:
            if not self._opens(shown):
                raise _unauthorized("what was shown as `Authorization` is not the token or password of `ingest`")
        elif not self._from_inside(request):
            raise self._stranger(request)

    def _opens(self, shown: str) -> bool:
        # Every one is compared, in constant time, so that the time of the answer tells nothing.
        offered = _offered(shown)
        return sum(hmac.compare_digest(offered, accepted) for accepted in self._accepted) > 0

    def _from_inside(self, request: web.Request) -> bool:
        """Whether the request comes from an allowed network, and from a program there.

        A page in a browser is a stranger wherever the browser runs, and what an unknown proxy passes on may come from
        anywhere.
        """
        if hdrs.ORIGIN in request.headers or proxied_by_stranger(request, self._trusted):
            return False
        return peer(request, self._trusted) in self._networks

    def _stranger(self, request: web.Request) -> Refusal:
        if proxied_by_stranger(request, self._trusted):
            hint = "the request came through a proxy that `web.trusted_proxies` does not name"
        else:
            hint = "the request does not come from `ingest.allow_networks`"
        if not self._accepted:
            return Refusal(403, "auth", f"{hint}, and no token or password is configured")
        return _unauthorized(f"{hint}: show the token (`Authorization: Bearer …`) or user and password")


def _unauthorized(message: str) -> Refusal:
    return Refusal(401, "auth", message, {hdrs.WWW_AUTHENTICATE: CHALLENGE})


def _offered(shown: str) -> bytes:
    """An Authorization header in one form; RFC 6750 and RFC 7617."""
    scheme, _, rest = shown.partition(" ")
    if scheme.lower() == "basic":
        try:
            return b"basic " + base64.b64decode(rest.strip(), validate=True)
        except ValueError:
            return b""
    return scheme.lower().encode("utf-8", "replace") + b" " + _octets(rest.strip())


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
