"""Passwords that are made once, kept in files of their own, and shown to nobody."""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Passwords:
    """Icecast's two passwords, and what servers show when they tell the exporter something.

    They stay out of repr, so out of logs.
    """

    source: str = field(repr=False)
    admin: str = field(repr=False)
    ingest: str = field(repr=False)


def basic(user: str, password: str) -> str:
    """Return the value of an Authorization header."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def admin_file(folder: Path) -> Path:
    """Return the file that holds the admin password: the exporter reads it."""
    return folder / "icecast-admin-password"


def source_file(folder: Path) -> Path:
    """Return the file that holds the source password: the sources read it."""
    return folder / "icecast-source-password"


def ingest_file(folder: Path) -> Path:
    """Return the file that holds the token, and the password, of whoever tells the exporter of listeners."""
    return folder / "ingest-token"


def sam_file(folder: Path) -> Path:
    """Return the file that holds the password of the exporter's account in the playout's database."""
    return folder / "sam-password"


def playout_file(folder: Path) -> Path:
    """Return the file that holds the password of the playout's database itself: of root."""
    return folder / "playout-password"


def make_passwords(folder: Path) -> Passwords:
    """Return the passwords kept in `folder`; those that are not there yet are made, the database's too."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (file_of(folder) for file_of in (source_file, admin_file, ingest_file, sam_file, playout_file)):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24) + "\n")
    return read_passwords(folder)


def read_passwords(folder: Path) -> Passwords:
    """Return the passwords kept in `folder`."""
    files = {"source": source_file(folder), "admin": admin_file(folder), "ingest": ingest_file(folder)}
    return Passwords(**{name: file.read_text().strip() for name, file in files.items()})
