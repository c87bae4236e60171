"""Says in the log what cannot be read: once, not in every round, and again when it is over."""

import logging

log = logging.getLogger(__name__)


class Complaints:
    """What was said last, by what it was about."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def about(self, what: str, trouble: str) -> None:
        """It cannot be read, and why."""
        if self._said.get(what) != trouble:
            log.warning("%s cannot be read: %s", what, trouble)
        self._said[what] = trouble

    def over(self, what: str) -> None:
        """It could be read."""
        if self._said.pop(what, None) is not None:
            log.info("%s can be read again", what)
