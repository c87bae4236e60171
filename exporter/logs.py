"""Log lines on standard error, as logfmt (for people and Loki) or JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

from aiohttp.http_exceptions import HttpProcessingError

FORMATS = ("logfmt", "json")
LEVELS = ("debug", "info", "warn", "error")


class _Formatter(logging.Formatter):
    """The fields of a line: time, level, logger, message, and the traceback of an exception."""

    def fields(self, record: logging.LogRecord) -> dict[str, str]:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": "warn" if record.levelno == logging.WARNING else record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return fields


class LogfmtFormatter(_Formatter):
    """`time=… level=info msg="…"`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; newlines inside a value are escaped."""
        return " ".join(f"{name}={_quoted(value)}" for name, value in self.fields(record).items())


class JsonFormatter(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps(self.fields(record), ensure_ascii=False)


def _quoted(value: str) -> str:
    return (
        value
        if value and value.isascii() and not set(value) & set(' "=\n\\')
        else json.dumps(value, ensure_ascii=False)
    )


class _Discreet(logging.Filter):
    """aiohttp puts into its lines who asked, and the bytes that it could not read: neither may be in a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; what it says of a request is replaced."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not record.args:
            return True
        record.args = ()
        if not isinstance(error, HttpProcessingError):
            record.msg = "a request could not be handled, which is a bug of the exporter"
            return True
        record.msg, record.exc_info = f"something came that is no HTTP request ({type(error).__name__})", None
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_DISCREET = _Discreet()


def set_up(level: str, style: str) -> None:
    """Send every log line of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else LogfmtFormatter())
    names = {"warn": "WARNING"}
    logging.basicConfig(level=names.get(level, level.upper()), handlers=[handler], force=True)
    # asyncio tells at debug level which selector it uses, and no more that anyone wants to know.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_DISCREET)
