"""Says in the log what cannot be read, or kept: once, not in every round, and again when it is over."""

import logging

log = logging.getLogger(__name__)


class Complaints:
    """What was said last, by what it was about.

    Args:
        done: what cannot be done with it.
    """

    def __init__(self, done: str = "read") -> None:
        self._done = done
        self._said: dict[str, str] = {}

    def about(self, what: str, trouble: str | None) -> None:
        """It cannot be read, and why; None = it could be."""
        if trouble is None:
            self.over(what)
            return
        if self._said.get(what) != trouble:
            log.warning("%s cannot be %s: %s", what, self._done, trouble)
        self._said[what] = trouble

    def over(self, what: str) -> None:
        """It could be read, or kept."""
        if self._said.pop(what, None) is not None:
            log.info("%s can be %s again", what, self._done)
