"""Every error this package raises on purpose.

ExporterError
├── ConfigError              what the operator wrote cannot be used: names file, place and remedy
├── Unreadable               what was pushed cannot be understood (exporter/ingest/reading.py)
├── BadQuery                 what a request asks for cannot be answered (exporter/reports/query.py)
├── StoreFailed              the database cannot be read or written at the moment
│   └── RowsRefused          it can, but will not take these rows: trying again is of no use
└── PollError                a target did not give a reading; `reason` is the label of `*_poll_failures_total`
    ├── ConnectionFailed     reason="connection"   refused, reset, no route, name not found, cut off
    ├── PollTimeout          reason="timeout"      no whole answer in time
    ├── AuthRefused          reason="auth"         401 or 403
    ├── BadStatus            reason="http"         any other status than 200, or not HTTP at all
    └── ParseError           reason="parse"        an answer, but not the document that was asked for

Anything else that is raised is a bug: the task's supervisor logs it, counts it and starts the task again.
A sentence in an error never quotes what a server sent, nor a secret, nor a listener's address.
"""

from typing import ClassVar, Literal

Reason = Literal["connection", "timeout", "auth", "http", "parse"]
REASONS: tuple[Reason, ...] = ("connection", "timeout", "auth", "http", "parse")


class ExporterError(Exception):
    """The root of the tree above."""


class ConfigError(ExporterError):
    """What the operator wrote cannot be used.

    Args:
        source: the file, or "command line".
        message: what is wrong and what would be right, in one line.
        place: the key's path inside the file, such as `icecast[0].url`.
        line: 1-based line in the file, where known.
    """

    def __init__(self, source: str, message: str, *, place: str = "", line: int | None = None) -> None:
        self.source, self.message, self.place, self.line = source, message, place, line
        where = f"{source}:{line}" if line else source
        super().__init__(": ".join(part for part in (where, place, message) if part))


class StoreFailed(ExporterError):
    """The database cannot be read or written at the moment. The message says why in plain words, without its URL."""


class RowsRefused(StoreFailed):
    """The database works, and does not take what was to be written."""


class PollError(ExporterError):
    """A target did not give a reading."""

    reason: ClassVar[Reason]


class ConnectionFailed(PollError):
    """No connection, or one that broke before the answer was whole."""

    reason = "connection"


class PollTimeout(PollError):
    """No whole answer in time."""

    reason = "timeout"


class AuthRefused(PollError):
    """The server wants other credentials."""

    reason = "auth"


class BadStatus(PollError):
    """An HTTP status other than 200. `status` is 0 where the answer was not HTTP."""

    reason = "http"

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ParseError(PollError):
    """An answer that is not the document asked for."""

    reason = "parse"
