"""`radio-exporter forget` and `radio-exporter export`: what a listener may ask of the station."""

import argparse
import sys

from exporter.commands.store import Store, add_config_file, opened
from exporter.privacy.export import export, written
from exporter.privacy.forget import forget
from exporter.privacy.whose import Whose

_DAILY = (
    "radio-exporter: with privacy.mode daily the keys of earlier days are gone: by an address only what was told today"
    " and yesterday (UTC) can be found\n"
)


def add_forget(parser: argparse.ArgumentParser) -> None:
    """The flags of `forget`."""
    parser.set_defaults(run=run_forget)
    _add_whose(parser)


def add_export(parser: argparse.ArgumentParser) -> None:
    """The flags of `export`."""
    parser.set_defaults(run=run_export)
    _add_whose(parser)
    parser.add_argument("--format", choices=("json", "csv"), default="json", help="default: %(default)s")


def _add_whose(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--ip", metavar="ADDRESS", help="an address; of IPv6 the whole /64, as it is one household's")
    group.add_argument("--identity", metavar="HEX", help="one listener, as `export` shows it")
    add_config_file(parser)


def run_forget(options: argparse.Namespace) -> int:
    """Remove what is kept of somebody, and say how much it was."""
    with opened(options.config_file, make=False) as store:
        removed = forget(store.database, store.claim, store.config, _whose(store, options))
    sys.stdout.write("removed:\n" + "".join(f"  {table}: {number:,}\n" for table, number in removed.items()))
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Print what is kept of somebody."""
    with opened(options.config_file, make=False) as store:
        found = export(store.database, store.claim, store.config, _whose(store, options))
    sys.stdout.write(written(found, options.format))
    return 0


def _whose(store: Store, options: argparse.Namespace) -> Whose:
    if options.identity is not None:
        return Whose.identity(options.identity)
    if store.config.privacy.mode == "daily":
        sys.stderr.write(_DAILY)
    return Whose.address(options.ip, store.identities(make=False))
