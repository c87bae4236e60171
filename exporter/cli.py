"""The command `radio-exporter`: serve, check, health, and those of `commands/`."""

import argparse
import asyncio
import http.client
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporter import __version__, logs
from exporter.commands import backfill, events, rights
from exporter.config import document as documents
from exporter.config.load import check_hosts, from_document
from exporter.config.schema import Config
from exporter.errors import ConfigError, StoreFailed
from exporter.serve import Options, serve

# Flag, environment variable, key of an `icecast:` entry: what one station needs, and no file.
ONE_ICECAST = (
    ("--icecast.url", "ICECAST_URL", "url", "watch this Icecast, such as http://localhost:8000"),
    ("--icecast.username", "ICECAST_USERNAME", "username", "its admin user"),
    ("--icecast.password-file", "ICECAST_PASSWORD_FILE", "password_file", "a file with the admin password"),
    ("--icecast.xml", "ICECAST_XML", "icecast_xml", "its icecast.xml, to read user and password from"),
)
ONE_SHOUTCAST = ("--shoutcast.url", "SHOUTCAST_URL", "url", "watch this Shoutcast")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 0, 1 for what the operator must mend, 2 for a wrong command line."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (ConfigError, StoreFailed) as error:
        print(f"radio-exporter: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="radio-exporter", description="Internet radio as Prometheus metrics.")
    parser.add_argument("--version", action="version", version=f"radio-exporter {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="watch the servers and answer scrapes"))
    _add_check(
        commands.add_parser("check", help="check a configuration, and say the first thing that is wrong with it")
    )
    _add_health(commands.add_parser("health", help="ask a running exporter whether it lives (exit status 0 or 1)"))
    backfill.add(commands.add_parser("backfill", help="read history out of a server's own log"))
    events.add(commands.add_parser("events", help="look after the event log"))
    rights.add_forget(commands.add_parser("forget", help="remove what is kept of a listener"))
    rights.add_export(commands.add_parser("export", help="print what is kept of a listener"))
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_serve)
    parser.add_argument("--config.file", dest="config_file", type=Path, metavar="FILE", help="the configuration")
    for flag, variable, key, meaning in ONE_ICECAST:
        parser.add_argument(flag, dest=f"icecast_{key}", metavar=key.upper(), help=f"{meaning} (or ${variable})")
    flag, variable, key, meaning = ONE_SHOUTCAST
    parser.add_argument(flag, dest=f"shoutcast_{key}", metavar=key.upper(), help=f"{meaning} (or ${variable})")
    parser.add_argument(
        "--web.listen-address", dest="listen", metavar="HOST:PORT", help="overrides web.listen (127.0.0.1:10880)"
    )
    parser.add_argument(
        "--web.config.file",
        dest="web_config",
        type=Path,
        metavar="FILE",
        help="TLS and basic auth, as exporter-toolkit writes it",
    )
    parser.add_argument("--log.level", dest="log_level", choices=logs.LEVELS, default="info")
    parser.add_argument("--log.format", dest="log_format", choices=logs.FORMATS, default="logfmt")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_check)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--web.config.file", dest="web_config", type=Path, metavar="FILE", help="check this one too")
    parser.add_argument("--offline", action="store_true", help="do not look up the servers' host names")


def _add_health(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_health)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:10880", metavar="URL", help="default: %(default)s")


def _serve(options: argparse.Namespace) -> int:
    logs.set_up(options.log_level, options.log_format)
    chosen = Options(lambda: _configuration(options, os.environ), options.listen, options.web_config)
    return serve(chosen)


def _configuration(options: argparse.Namespace, environment: Mapping[str, str]) -> Config:
    """The file's, or the one station of flags and environment."""
    given = vars(options)
    by_flag = [flag for flag, _, key, _ in ONE_ICECAST if given[f"icecast_{key}"]]
    by_flag += [ONE_SHOUTCAST[0]] if given["shoutcast_url"] else []
    if options.config_file and by_flag:
        raise ConfigError("command line", f"{by_flag[0]} and --config.file are both given: keep one")
    if options.config_file:
        return from_document(documents.read(options.config_file, environment))
    return from_document(documents.Document("command line", _one_station(given, environment)))


def _one_station(given: Mapping[str, str | None], environment: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    icecast = {key: given[f"icecast_{key}"] or environment.get(variable) for _, variable, key, _ in ONE_ICECAST}
    # A flag would show the password to everyone who lists processes; the environment does not.
    icecast["password"] = environment.get("ICECAST_PASSWORD")
    shoutcast = given["shoutcast_url"] or environment.get(ONE_SHOUTCAST[1])
    station = {}
    if icecast["url"]:
        station["icecast"] = [{"name": "icecast", **{key: value for key, value in icecast.items() if value}}]
    if shoutcast:
        station["shoutcast"] = [{"name": "shoutcast", "url": shoutcast}]
    if not station:
        raise ConfigError(
            "command line", "names no server to watch: give --icecast.url, --shoutcast.url or --config.file"
        )
    return station


def _check(options: argparse.Namespace) -> int:
    document = documents.read(options.file)
    config = Options(lambda: from_document(document), None, options.web_config).settings().config
    if not options.offline:
        asyncio.run(check_hosts(document, config))
    servers = sum(len(servers) for _, servers in config.watched())
    print(f"{options.file}: good, with {servers} server{'' if servers == 1 else 's'} to watch")
    return 0


def _health(options: argparse.Namespace) -> int:
    url = f"{options.url.rstrip('/')}/health"
    # No proxy stands between a container and itself, and its certificate need not be valid for 127.0.0.1.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    direct = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with urllib.request.build_opener(*direct).open(url, timeout=3) as answer:
            answer.read(16)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        print(f"radio-exporter: {url} does not answer: {reason}", file=sys.stderr)
        return 1
    return 0
