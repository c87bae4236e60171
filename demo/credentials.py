"""Passwords that are made once, kept in files of their own, and shown to nobody."""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Passwords:
    """Icecast's two passwords. They stay out of repr, so out of logs."""

    source: str = field(repr=False)
    admin: str = field(repr=False)


def basic(user: str, password: str) -> str:
    """Return the value of an Authorization header."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def admin_file(folder: Path) -> Path:
    """Return the file that holds the admin password: the exporter reads it."""
    return folder / "icecast-admin-password"


def source_file(folder: Path) -> Path:
    """Return the file that holds the source password: the sources read it."""
    return folder / "icecast-source-password"


def make_passwords(folder: Path) -> Passwords:
    """Return the passwords kept in `folder`; those that are not there yet are made."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (source_file(folder), admin_file(folder)):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24) + "\n")
    return read_passwords(folder)


def read_passwords(folder: Path) -> Passwords:
    """Return the passwords kept in `folder`."""
    return Passwords(source=source_file(folder).read_text().strip(), admin=admin_file(folder).read_text().strip())
