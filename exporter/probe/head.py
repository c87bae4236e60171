"""What a probe says to a streaming server, and the beginning of what it is answered. No I/O.

HTTP/1.0, as the oldest players speak it, so that nothing arrives in chunks; no `Icy-MetaData`, so that no titles stand
between the sound. Shoutcast answers `ICY 200 OK`, which is why this is not left to an HTTP library.
"""

import re
from urllib.parse import quote, urlsplit

from msgspec import Struct

from exporter import __version__
from exporter.probe.faults import Unheard

AGENT = f"radio-exporter-probe/{__version__}"
"""By this exporter/audience/players.yaml knows that it is nobody."""

_STATUS = re.compile(rb"(?:HTTP/[0-9.]{1,8}|ICY) ([0-9]{3})(?: |$)")


class Address(Struct, frozen=True):
    """Where a stream is. `authority` = host and port as the request names them."""

    host: str
    port: int
    tls: bool
    authority: str
    path: str


class Head(Struct, frozen=True):
    """What a server says of the stream it begins to send. `nominal` = declared bytes per second."""

    content_type: str
    nominal: float | None


def address(url: str, path: str) -> Address:
    """The address of a server's stream; `url` is one that the configuration's check has let pass."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    tls = parts.scheme == "https"
    bracketed = f"[{host}]" if ":" in host else host
    authority = bracketed if parts.port is None else f"{bracketed}:{parts.port}"
    return Address(host, parts.port or (443 if tls else 80), tls, authority, parts.path.rstrip("/") + quote(path, "/;"))


def request(where: Address) -> bytes:
    """The request for a stream."""
    lines = [
        f"GET {where.path} HTTP/1.0",
        f"Host: {where.authority}",
        f"User-Agent: {AGENT}",
        "Accept: */*",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def parse_head(head: bytes) -> Head:
    """Status line and headers of the answer; Unheard if it is not the beginning of a stream."""
    status, *lines = head.split(b"\r\n")
    _check_status(status)
    headers = dict(_header(line) for line in reversed(lines))  # of two of a name the first one counts
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type.startswith("text/"):
        raise Unheard("parse", "a page came instead of sound: check the mount")
    return Head(content_type, _nominal(headers))


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()


def _check_status(line: bytes) -> None:
    found = _STATUS.match(line)
    if not found:
        raise Unheard("http", "the answer is not HTTP: check the port")
    status = int(found[1])
    if status in (401, 403):
        raise Unheard("auth", f"the server lets no unknown listener in (HTTP {status})")
    if 300 <= status < 400:
        raise Unheard("http", f"the server sends us elsewhere (HTTP {status}): check the url")
    if status == 404:
        raise Unheard("http", "there is no such stream at the moment (HTTP 404)")
    if status not in (200, 206):
        raise Unheard("http", f"the server answered HTTP {status}")


def _nominal(headers: dict[str, str]) -> float | None:
    """`icy-br: 128` or `128,128`, or a bit rate in `ice-audio-info: bitrate=128;…`, all in kbit/s."""
    found = re.match(r"([0-9]{1,5})(?![0-9.])", headers.get("icy-br", "")) or re.search(
        r"(?:^|;)(?:ice-)?bitrate=([0-9]{1,5})(?![0-9.])", headers.get("ice-audio-info", "")
    )
    kilobits = int(found[1]) if found else 0
    return kilobits * 125.0 if kilobits else None
