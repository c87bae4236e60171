"""Where passwords come from: the file itself, a file of their own, or the server's icecast.xml."""

from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec

from exporter.config.document import Document, Place
from exporter.config.schema import Config, IcecastServer
from exporter.config.section import Section
from exporter.config.units import Secret

S = TypeVar("S", bound=Section)

PAIRS = (
    ("ingest", "token"),
    ("ingest", "password"),
    ("api", "token"),
    ("privacy", "key"),
    ("loki", "password"),
    ("loki", "token"),
)
"""Sections with a secret that may stand in a file: `token` or `token_file`."""


def resolve(document: Document, config: Config) -> Config:
    """The configuration with every password read; ConfigError if one cannot be."""
    icecast = tuple(_icecast(document, server, ("icecast", number)) for number, server in enumerate(config.icecast))
    shoutcast = tuple(
        _resolved(document, server, "password", ("shoutcast", number)) for number, server in enumerate(config.shoutcast)
    )
    sam = tuple(_resolved(document, studio, "password", ("sam", number)) for number, studio in enumerate(config.sam))
    config = msgspec.structs.replace(config, icecast=icecast, shoutcast=shoutcast, sam=sam)
    for kind, servers in config.polled():
        for number, server in enumerate(servers):
            if ":" in server.username:
                raise document.error("holds a colon, which HTTP's basic auth cannot send", (kind, number, "username"))
    for section, name in PAIRS:
        resolved = _resolved(document, getattr(config, section), name, (section,))
        config = msgspec.structs.replace(config, **{section: resolved})
    return config


def _icecast(document: Document, server: IcecastServer, place: Place) -> IcecastServer:
    _only_one(document, server, ("password", "password_file", "icecast_xml"), place)
    if server.icecast_xml:
        user, password = _from_icecast_xml(document, server.icecast_xml, (*place, "icecast_xml"))
        return msgspec.structs.replace(server, username=user or server.username, password=password)
    return _resolved(document, server, "password", place)


def _resolved(document: Document, section: S, name: str, place: Place) -> S:
    """A section with the secret `name` read from the file that `name`_file says, if it says one."""
    in_file = f"{name}_file"
    _only_one(document, section, (name, in_file), place)
    secret = getattr(section, name)
    if path := getattr(section, in_file):
        secret = Secret(_text(document, path, (*place, in_file)).strip("\r\n"))
        if not secret:
            raise document.error(f"{path} is empty", (*place, in_file))
    return msgspec.structs.replace(section, **{name: secret or None})


def _only_one(document: Document, section: Section, names: tuple[str, ...], place: Place) -> None:
    # An empty one is none: ${ICECAST_PASSWORD_FILE:-} in a file that serves with and without.
    given = [name for name in names if getattr(section, name)]
    if len(given) > 1:
        raise document.error(f"`{given[0]}` and `{given[1]}` are both given: keep one", (*place, given[1]))


def _from_icecast_xml(document: Document, path: str, place: Place) -> tuple[str | None, Secret]:
    """User and password of `<authentication>`. See https://icecast.org/docs/icecast-2.4.1/config-file.html#authentication."""
    try:
        root = ET.fromstring(_text(document, path, place))  # noqa: S314  the operator's own file
    except ET.ParseError as error:
        raise document.error(f"{path} is not well-formed XML: {error}", place) from error
    password = root.findtext("authentication/admin-password")
    if not password:
        raise document.error(f"{path} holds no <admin-password> under <authentication>", place)
    return root.findtext("authentication/admin-user"), Secret(password)


def _text(document: Document, path: str, place: Place) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): check the path and its permissions"
        raise document.error(message, place) from error
    except ValueError as error:
        raise document.error(f"{path!r} is no path of a file with UTF-8 text", place) from error
