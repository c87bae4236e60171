"""What a door answers when it does not take something."""

from collections.abc import Mapping

from aiohttp import hdrs, web


class Refusal(Exception):
    """A request that is not taken.

    Args:
        status: of the answer.
        reason: the label of `radio_ingest_rejected_total`.
        message: what to do about it; it names no address, no credential and no value that was sent.
        headers: of the answer.
    """

    def __init__(self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.headers = status, reason, headers

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer, as JSON."""
        response = web.json_response({"error": str(self)}, status=self.status, headers=self.headers)
        if hdrs.CONTENT_ENCODING in request.headers and not request.content.at_eof():
            # aiohttp would go on unpacking what is not wanted for ten seconds, so that the client hears the answer.
            response.force_close()
            await response.prepare(request)
            await response.write_eof()
            request.protocol.force_close()
        return response


def too_often() -> Refusal:
    """For whoever asks more than the configured rate."""
    return Refusal(429, "rate", "too many requests a second from this address", {hdrs.RETRY_AFTER: "1"})
