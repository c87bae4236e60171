"""Log lines on standard error, as logfmt (for people and Loki) or JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

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


def set_up(level: str, style: str) -> None:
    """Send every log line of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else LogfmtFormatter())
    names = {"warn": "WARNING"}
    logging.basicConfig(level=names.get(level, level.upper()), handlers=[handler], force=True)
    # asyncio tells at debug level which selector it uses, and no more that anyone wants to know.
    logging.getLogger("asyncio").setLevel(logging.WARNING)
