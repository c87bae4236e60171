"""Label values that strangers can mint, folded into `other` beyond a number."""

from collections.abc import Iterable

from exporter.page import Family

OTHER = "other"

SERIES_DROPPED = Family(
    "radio_exporter_series_dropped_total",
    "counter",
    "Times that there was no room for a value of a label: it became `other`, or was left out (decks, encoders).",
    ("family",),
)


class Bounded:
    """The first so many different values pass; the rest is `other`.

    Args:
        family: what is counted under `radio_exporter_series_dropped_total`.
        most: how many different values pass.
    """

    def __init__(self, family: str, most: int) -> None:
        self.family, self.most = family, most
        self.dropped = 0
        self._known: set[str] = set()

    def know(self, values: Iterable[str]) -> None:
        """These have labels already."""
        self._known.update(values)

    def fold(self, value: str) -> str:
        """The value, or `other`."""
        if value in self._known:
            return value
        if len(self._known) >= self.most:
            self.dropped += 1
            return OTHER
        self._known.add(value)
        return value
