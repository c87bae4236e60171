"""Says in the log what of a studio's database cannot be read: once, and once more when that changes."""

import logging

log = logging.getLogger(__name__)


class Notices:
    """What is lacking of each part."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._lost: dict[str, str] = {}
        self._lacks: dict[str, str] = {}

    @property
    def missing(self) -> frozenset[str]:
        """The parts that cannot be read at all."""
        return frozenset(self._lost)

    def why(self, part: str) -> str:
        """What was said of a missing part."""
        return self._lost[part]

    def lost(self, part: str, reason: str) -> None:
        """A part cannot be read."""
        if self._lost.get(part) != reason:
            log.warning("sam/%s: cannot read the %s: %s", self._server, part, reason)
        self._lost[part] = reason

    def readable(self, part: str, lacks: str) -> None:
        """A part was read, but for what `lacks` says."""
        if self._lost.pop(part, None):
            log.info("sam/%s: can read the %s again", self._server, part)
        if lacks and self._lacks.get(part) != lacks:
            log.warning("sam/%s: can read only a part of the %s: %s", self._server, part, lacks)
        self._lacks[part] = lacks
