"""The exporter's own store, as a command beside it opens it: by the configuration the exporter has."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exporter.audience.identity import KEY_FILE, Identities, read_key
from exporter.config.load import load
from exporter.config.schema import Config
from exporter.config.state_dir import state_dir
from exporter.errors import ConfigError
from exporter.store.claim import Claim
from exporter.store.database import Database, database_url
from exporter.store.migrations import is_current, migrate

_HINT = "name the exporter's own configuration with --config.file, and run this as the same user"


@dataclass(frozen=True, slots=True)
class Store:
    """What a command works with."""

    config: Config
    folder: Path
    database: Database
    claim: Claim

    def identities(self, *, make: bool) -> Identities:
        """The keys; ConfigError if there are none and none are to be made."""
        if self.config.privacy.mode == "daily":
            return Identities.daily(self.folder / "identity-days.json")
        if not (make or self.config.privacy.key or (self.folder / KEY_FILE).exists()):
            raise ConfigError(str(self.folder), f"holds no key of identities: {_HINT}")
        return Identities.stable(read_key(self.folder, self.config.privacy.key))


def add_config_file(parser: argparse.ArgumentParser) -> None:
    """The flag that every command has."""
    parser.add_argument(
        "--config.file",
        dest="config_file",
        type=Path,
        metavar="FILE",
        help="the exporter's configuration; without it its defaults: SQLite in the state directory",
    )


@contextmanager
def opened(config_file: Path | None, *, make: bool) -> Iterator[Store]:
    """The store of a configuration. `make`: a database that is not there is made; else ConfigError."""
    config = load(config_file) if config_file else Config()
    folder = state_dir(config.state_dir)
    url = database_url(config.store.url.reveal() if config.store.url else None, folder)
    database = Database(url)
    try:
        if not make:
            _check_there(database, folder)
        database.write_now(migrate)
        yield Store(config, folder, database, Claim(url))
    finally:
        database.close_now()


def _check_there(database: Database, folder: Path) -> None:
    """A database that a command would make anew is the wrong one."""
    missing = database.file is not None and not database.file.exists()
    if missing or not database.read_now(is_current):
        raise ConfigError(str(database.file or folder), f"holds nothing of an exporter: {_HINT}")
