"""Why a stream is not heard, or not understood."""

from typing import Literal, get_args

from exporter.errors import ExporterError

Reason = Literal["connection", "timeout", "auth", "http", "parse", "stalled", "ended", "decoder"]
REASONS: tuple[Reason, ...] = get_args(Reason)


class Unheard(ExporterError):
    """A listener would hear nothing, or ffmpeg does not understand it; `reason` is a label, the message for people."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
