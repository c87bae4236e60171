"""What of a playout's database cannot work."""

import re
from collections.abc import Iterator

from exporter.config.schema_sam import SamDatabase

SHORTEST = 60
"""Seconds: to look at the whole library more often would hold up the playout; and no request is answered sooner."""


def sam_faults(sam: SamDatabase) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys, and what is wrong."""
    if not sam.interval:
        yield ("interval",), "must be more than 0s: the play log is kept whoever scrapes"
    if not re.fullmatch(r"[^\s/@]+", sam.host) or not sam.host.strip("[]:."):
        yield ("host",), "is no host: write a name or an address alone, such as 127.0.0.1; the port belongs into `port`"
    for key in ("database", "user"):
        if not getattr(sam, key):
            yield (key,), "must not be empty"
    if sam.tls.ca_file and not sam.tls.enabled:
        yield ("tls", "ca_file"), "is of no use without `enabled: true`: the connection would not be encrypted"
    for key in ("library_interval", "requests_expire"):
        if getattr(sam, key) < SHORTEST:
            yield (key,), f"{getattr(sam, key)} is too short: 1m at least"
