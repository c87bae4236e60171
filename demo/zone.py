"""The name of this machine's time zone."""

import os
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")


def local_zone() -> str:
    """Return the zone's IANA name, such as Europe/Berlin; UTC if the machine does not say."""
    linked = os.path.realpath(LOCALTIME).partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        with suppress(ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
            return _known(name)
    return "UTC"


def _known(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except KeyError:
        raise ValueError(name) from None
