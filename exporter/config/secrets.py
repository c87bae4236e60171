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
    icecast = (_resolved(document, server, ("icecast", number)) for number, server in enumerate(config.icecast))
    return msgspec.structs.replace(config, icecast=tuple(icecast))


def _resolved(document: Document, server: IcecastServer, place: Place) -> IcecastServer:
    given = [name for name in SOURCES if getattr(server, name) is not None]
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
    if server.password is not None and not server.password.reveal():
        return msgspec.structs.replace(server, password=None)  # ${ICECAST_PASSWORD:-} that is not set: do without
    return server


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
    except UnicodeDecodeError as error:
        raise document.error(f"{path} is not UTF-8 text", place) from error
