"""`--web.config.file` in exporter-toolkit's format: TLS, basic auth, headers.

Format: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
Keys that Python's TLS cannot honour are errors, not silence.
"""

import re
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import field

from exporter.config import document as documents
from exporter.config.decode import decode
from exporter.config.section import Section

ClientAuth = Literal[
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
]
# A cost beyond 16 takes seconds for each new password.
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}", re.ASCII)
ALLOWED_HEADERS = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
)


class TlsServer(Section, frozen=True):
    """`tls_server_config`."""

    cert_file: str
    key_file: str
    client_auth_type: ClientAuth = "NoClientCert"
    client_ca_file: str | None = None
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = "TLS12"
    max_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True


class HttpServer(Section, frozen=True):
    """`http_server_config`. HTTP/2 is not spoken whatever `http2` says: it only ever allows it."""

    http2: bool = True
    headers: dict[str, str] = field(default_factory=dict)


class WebConfig(Section, frozen=True):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> WebConfig:
    """The file, checked, with its relative paths made relative to its own folder; ConfigError otherwise."""
    document = documents.read(path)
    config = decode(document, WebConfig) if document.data is not None else WebConfig()
    for user, hashed in config.basic_auth_users.items():
        if not _BCRYPT.fullmatch(hashed):
            message = 'is no bcrypt hash of cost 4 to 16: make one with `htpasswd -nBC 10 ""`'
            raise document.error(message, ("basic_auth_users", user))
    for header, value in config.http_server_config.headers.items():
        if not value.isprintable():
            raise document.error("holds characters that no header may", ("http_server_config", "headers", header))
        if header not in ALLOWED_HEADERS:
            message = f"cannot be set; allowed here: {', '.join(ALLOWED_HEADERS)}"
            raise document.error(message, ("http_server_config", "headers", header))
    if config.tls_server_config is None:
        return config
    return msgspec.structs.replace(config, tls_server_config=_beside(config.tls_server_config, path.parent))


def _beside(tls: TlsServer, folder: Path) -> TlsServer:
    """Relative paths are meant from the file's own folder."""
    client_ca = str(folder / tls.client_ca_file) if tls.client_ca_file else None
    return msgspec.structs.replace(
        tls, cert_file=str(folder / tls.cert_file), key_file=str(folder / tls.key_file), client_ca_file=client_ca
    )
