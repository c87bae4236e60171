"""A server that never sends back what it could not read: it may hold somebody's address."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

NOT_HTTP = "this is no HTTP request that can be understood\n"


class DiscreetRunner(web.AppRunner):
    """As aiohttp's own, but for what is answered to bytes that are no request."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        server.__class__ = _Server  # aiohttp lets nobody choose the class that answers
        return server


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class _Handler(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """As aiohttp's, without the bytes of a bad request, which it would quote."""
        return super().handle_error(request, status, exc, NOT_HTTP if status == HTTPStatus.BAD_REQUEST else message)
