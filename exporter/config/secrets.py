"""Where passwords come from: the file itself, a file of their own, or the server's icecast.xml."""

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from exporter.config.document import Document, Place
from exporter.config.schema import Config, IcecastServer
from exporter.config.units import Secret

SOURCES = ("password", "password_file", "icecast_xml")


def resolve(document: Document, config: Config) -> Config:
    """The configuration with every password read; ConfigError if one cannot be."""
    icecast = tuple(_resolved(document, server, ("icecast", number)) for number, server in enumerate(config.icecast))
    for number, server in enumerate(icecast):
        if ":" in server.username:
            raise document.error("holds a colon, which HTTP's basic auth cannot send", ("icecast", number, "username"))
    return msgspec.structs.replace(config, icecast=icecast)


def _resolved(document: Document, server: IcecastServer, place: Place) -> IcecastServer:
    # An empty one is none: ${ICECAST_PASSWORD_FILE:-} in a file that serves with and without.
    given = [name for name in SOURCES if getattr(server, name)]
    if len(given) > 1:
        raise document.error(f"`{given[0]}` and `{given[1]}` are both given: keep one", (*place, given[1]))
    if server.password_file:
        secret = _text(document, server.password_file, (*place, "password_file")).strip("\r\n")
        if not secret:
            raise document.error(f"{server.password_file} is empty", (*place, "password_file"))
        return msgspec.structs.replace(server, password=Secret(secret))
    if server.icecast_xml:
        user, password = _from_icecast_xml(document, server.icecast_xml, (*place, "icecast_xml"))
        return msgspec.structs.replace(server, username=user or server.username, password=password)
    return server if server.password else msgspec.structs.replace(server, password=None)


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
