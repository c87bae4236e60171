"""Where the exporter keeps what must outlive it: the database and the key of its listeners' identities."""

import os
from collections.abc import Mapping
from pathlib import Path

SYSTEM = Path("/var/lib/radio-exporter")


def state_dir(configured: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder, made if it is not there and can be made. What cannot be written says so when it is first used."""
    folder = Path(configured) if configured else _by_the_system(environment)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return folder
    return folder


def _by_the_system(environment: Mapping[str, str]) -> Path:
    """What systemd gives; else the system's own place; else the user's (XDG Base Directory Specification)."""
    if given := environment.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if os.access(SYSTEM if SYSTEM.exists() else SYSTEM.parent, os.W_OK):
        return SYSTEM
    home = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/")) / ".local/state"
    return Path(home) / "radio-exporter"
