"""How far an engine's event log was handed on: a small file in the state directory, so that a restart goes on there.

It is written after the events were kept. Whoever is killed between the two hands some on again, which the event log
knows and keeps once.
"""

import logging
from pathlib import Path

log = logging.getLogger(__name__)


class Watermark:
    """A whole number that outlives the process.

    Args:
        state: the exporter's own folder.
        engine: whose it is.
    """

    def __init__(self, state: Path, engine: str) -> None:
        self._file = state / f"playout-events-{engine}"
        self._complained = False

    def read(self) -> int | None:
        """The number; None if there is none yet, or none that can be read."""
        try:
            return int(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def write(self, number: int) -> None:
        """Keep it. Where it cannot be kept, a restart begins with what happens then; that is said once."""
        beside = self._file.with_name(f"{self._file.name}.new")
        try:
            beside.write_text(f"{number}\n", encoding="ascii")
            beside.replace(self._file)
        except OSError as error:
            if not self._complained:
                log.warning("how far the event log was read cannot be kept: %s", error.strerror or "failed")
            self._complained = True
