"""The exporter's own metrics as text."""

import time
from collections.abc import Collection

from prometheus_client import CollectorRegistry, exposition
from prometheus_client.openmetrics import exposition as openmetrics_exposition

FRESH = 1.0
"""Seconds for which a text is good. Rendering reads a dozen files of /proc; scrapes in one second can share that."""


class OwnMetrics:
    """A registry with its texts of the last second, one a format."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._texts: dict[bool, tuple[float, bytes]] = {}

    def text(self, *, openmetrics: bool) -> bytes:
        """All of it; the same object for a second."""
        now = time.monotonic()
        rendered, text = self._texts.get(openmetrics, (-FRESH, b""))
        if now - rendered >= FRESH:
            text = _encode(self.registry, openmetrics=openmetrics)
            self._texts[openmetrics] = now, text
        return text

    def forget(self) -> None:
        """Something happened that the next scrape must see."""
        self._texts.clear()

    def only(self, names: Collection[str], *, openmetrics: bool) -> bytes:
        """Those families alone. A histogram's samples have names of their own."""
        samples = {f"{name}{suffix}" for name in names for suffix in ("", "_bucket", "_count", "_sum")}
        part = self.registry.restricted_registry(samples)
        return _encode(part, openmetrics=openmetrics)  # type: ignore[arg-type]  # it collects like a registry


def _encode(registry: CollectorRegistry, *, openmetrics: bool) -> bytes:
    text: bytes = (openmetrics_exposition if openmetrics else exposition).generate_latest(registry)
    return text
