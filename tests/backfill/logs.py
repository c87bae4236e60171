"""Lines as Icecast writes them, and stores to read them into."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Table, select

from exporter.cli import main
from exporter.store.database import Database, database_url

VLC = "VLC/3.0.18 LibVLC/3.0.18"
BEGAN = 1_767_225_600
"""2026-01-01T00:00:00Z, in seconds."""


def line(
    ended: float, lasted: int, address: str = "192.0.2.1", agent: str = VLC, mount: str = "/live.mp3", *,
    method: str = "GET", status: int = 200, sent: int | None = None, protocol: str = "HTTP/1.1",
) -> str:  # fmt: skip
    """A line about somebody who left at a moment (Unix time in seconds)."""
    when = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(ended))
    size = lasted * 16_000 if sent is None else sent
    return f'{address} - - [{when}] "{method} {mount} {protocol}" {status} {size} "-" "{agent}" {lasted}'


def log(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    return path


def configuration(folder: Path, more: str = "", url: str | None = None) -> str:
    """The flag with a configuration of its own state directory."""
    path = folder / "exporter.yaml"
    store = f"store: {{url: '{url}'}}\n" if url else ""
    path.write_text(
        f"icecast: [{{name: main, url: 'http://127.0.0.1:9'}}]\nstate_dir: {folder / 'state'}\n{store}{more}"
    )
    return f"--config.file={path}"


def backfill(folder: Path, *arguments: object, server: str = "main", more: str = "", url: str | None = None) -> int:
    """The command, in this process."""
    return main(["backfill", "access-log", "--server", server, configuration(folder, more, url), *map(str, arguments)])


@contextmanager
def opened(folder: Path, url: str | None = None) -> Iterator[Database]:
    database = Database(database_url(url, folder / "state"))
    try:
        yield database
    finally:
        database.close_now()


def rows(folder: Path, table: Table, url: str | None = None) -> list[dict[str, object]]:
    """Every row, in the order of its key."""
    with opened(folder, url) as database:
        query = select(table).order_by(*table.primary_key)
        return [dict(row) for row in database.read_now(lambda c: c.execute(query).mappings().all())]
