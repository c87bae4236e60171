"""The TLS side of `--web.config.file`."""

import ssl

from exporter.errors import ConfigError
from exporter.web.web_config import TlsServer

_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}
_CLIENT = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}

# Go's names of the TLS 1.2 suites it still offers, and OpenSSL's. TLS 1.3's suites cannot be chosen, here as there.
_SUITES = {
    f"TLS_ECDHE_{key}_WITH_{go}": f"ECDHE-{key}-{openssl}"
    for key in ("ECDSA", "RSA")
    for go, openssl in {
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
        "AES_128_CBC_SHA": "AES128-SHA",
        "AES_256_CBC_SHA": "AES256-SHA",
    }.items()
}


def make_context(source: str, tls: TlsServer) -> ssl.SSLContext:
    """The context to serve with; ConfigError where a part of it cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls.min_version > tls.max_version:
        message = f"{tls.min_version} is above max_version ({tls.max_version}): lower it"
        raise ConfigError(source, message, place="tls_server_config.min_version")
    context.minimum_version, context.maximum_version = _VERSIONS[tls.min_version], _VERSIONS[tls.max_version]
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if tls.cipher_suites:
        context.set_ciphers(":".join(_suite(source, name) for name in tls.cipher_suites))
    _ask_clients(source, tls, context)
    load_certificate(source, tls, context)
    return context


def load_certificate(source: str, tls: TlsServer, context: ssl.SSLContext) -> None:
    """Read certificate and key (again): new connections get the new ones."""
    try:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:  # SSLError is one
        message = f"{tls.cert_file} and {tls.key_file} cannot be used ({error.strerror or error}): check both files"
        raise ConfigError(source, message, place="tls_server_config.cert_file") from error


def _ask_clients(source: str, tls: TlsServer, context: ssl.SSLContext) -> None:
    place = "tls_server_config.client_auth_type"
    if tls.client_auth_type not in _CLIENT:
        raise ConfigError(source, f"this exporter can do {', '.join(_CLIENT)}: write one of them", place=place)
    context.verify_mode = _CLIENT[tls.client_auth_type]
    if context.verify_mode == ssl.CERT_NONE:
        if tls.client_ca_file:
            raise ConfigError(source, "`client_ca_file` is of no use without it: say whom to verify", place=place)
        return
    if not tls.client_ca_file:
        raise ConfigError(source, f"{tls.client_auth_type} needs `client_ca_file`", place=place)
    try:
        context.load_verify_locations(tls.client_ca_file)
    except OSError as error:
        message = f"{tls.client_ca_file} cannot be used ({error.strerror or error}): check the file"
        raise ConfigError(source, message, place="tls_server_config.client_ca_file") from error


def _suite(source: str, name: str) -> str:
    if name not in _SUITES:
        message = f"unknown suite {name!r}; allowed here: {', '.join(_SUITES)}"
        raise ConfigError(source, message, place="tls_server_config.cipher_suites")
    return _SUITES[name]
