"""What every part of the configuration is made of, and what everything that is polled has."""

from typing import Annotated

from msgspec import Meta, Struct

from exporter.config.units import Duration


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the file. Unknown keys are errors."""


class Watched(Section, frozen=True):
    """What everything that is polled has."""

    name: Annotated[str, Meta(description="the `server` label of its series: letters, digits, `_`, `.` and `-`")]
    interval: Annotated[Duration, Meta(description="time from one poll to the next; `0s` = ask on the scrape")] = (
        Duration("5s")
    )
    timeout: Annotated[
        Duration | None,
        Meta(description="a poll's deadline, at most the interval; 4s, or four fifths of a shorter interval"),
    ] = None

    @property
    def deadline(self) -> float:
        """The poll's deadline in seconds."""
        if self.timeout is not None:
            return float(self.timeout)
        return min(4.0, 0.8 * self.interval) if self.interval else 4.0
