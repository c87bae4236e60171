"""The exporter's own metrics as text, in the format that a scraper accepts."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

FRESH = 1.0
"""Seconds for which a text is good. Rendering reads a dozen files of /proc; scrapes in one second can share that."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a scraper accepts. `encode` turns a registry into it."""

    openmetrics: bool
    content_type: str
    encode: Callable[[CollectorRegistry], bytes]


@lru_cache(maxsize=64)
def form(accept: str) -> Form:
    """The form for an Accept header."""
    encode, content_type = choose_encoder(accept)
    return Form(content_type.startswith("application/openmetrics-text"), content_type, encode)


class OwnMetrics:
    """A registry with its texts of the last second."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._texts: dict[str, tuple[float, bytes]] = {}

    def text(self, wanted: Form) -> bytes:
        """All of it; the same object for a second."""
        now = time.monotonic()
        rendered, text = self._texts.get(wanted.content_type, (-FRESH, b""))
        if now - rendered >= FRESH:
            text = wanted.encode(self.registry)
            self._texts[wanted.content_type] = now, text
        return text

    def forget(self) -> None:
        """Something happened that the next scrape must see."""
        self._texts.clear()

    def only(self, wanted: Form, names: Collection[str]) -> bytes:
        """Those families alone."""
        part = self.registry.restricted_registry(names)
        return wanted.encode(part)  # type: ignore[arg-type]  # it collects like a registry, which is all that is asked
