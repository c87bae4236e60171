"""What types cannot say of `loki`: an address that is one, labels that Loki takes, one way to show who we are."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from exporter.config.document import Fault
from exporter.config.schema_events import Loki
from exporter.config.url import url_fault

OURS = frozenset({"job", "level", "category"})
"""Labels that the exporter sets itself; `job` may be given another value."""

_SHOWN = re.compile(r"[\x21-\x7e]+")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
MOST_LABELS = 10
EXAMPLE = "http://loki:3100"


def loki_faults(loki: Loki) -> Iterator[Fault]:
    """Where inside `loki` something cannot work, and why."""
    if loki.url and (fault := _url_fault(loki.url)):
        yield ("url",), fault
    if (loki.token or loki.token_file) and loki.username:
        yield ("username",), "is of no use beside a token: remove one of them"
    if (loki.password or loki.password_file) and not loki.username:
        yield ("username",), "is missing: a password needs one"
    if loki.username and ":" in loki.username:
        yield ("username",), "holds a colon, which HTTP's basic auth cannot send"
    if loki.token and not _SHOWN.fullmatch(loki.token.reveal()):
        yield ("token",), "holds a space or another character that no `Authorization: Bearer` can show"
    if loki.tenant and not _SHOWN.fullmatch(loki.tenant):
        yield ("tenant",), "holds a character that no header can hold"
    yield from _label_faults(loki.labels)


def _label_faults(labels: dict[str, str]) -> Iterator[Fault]:
    if len(labels) > MOST_LABELS:
        yield ("labels",), f"are too many: {MOST_LABELS} at most, for each pair of values is a stream of its own"
    for name, value in labels.items():
        if not _LABEL.fullmatch(name) or name.startswith("__"):
            yield ("labels", name), "is no label: use letters, digits and '_', such as `station`"
        if name in OURS - {"job"}:
            yield ("labels", name), "is a label that the exporter sets itself"
        if not value or not value.isprintable():
            yield ("labels", name), "must be a text that can be seen"


def _url_fault(url: str) -> str | None:
    if fault := url_fault(url, EXAMPLE):
        return fault
    if urlsplit(url).path.strip("/"):
        return f"holds more than host and port: the exporter adds the path itself (write one such as {EXAMPLE})"
    return None
