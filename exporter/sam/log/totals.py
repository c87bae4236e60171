"""What a studio has played, summed by songtype. Durations in milliseconds."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from exporter.sam.log.timeline import Play
from exporter.sam.reading import SONGTYPES


class Sum(Struct, frozen=True):
    """Of the plays of one songtype.

    Attributes:
        plays: all of them.
        aired, nominal: time on the air, and length, of those whose time on the air is known.
        skips: those that were skipped.
        last_play: the latest start that is believed.
    """

    plays: int = 0
    aired: int = 0
    nominal: int = 0
    skips: int = 0
    last_play: int | None = None

    def __add__(self, other: "Sum") -> "Sum":
        """Of both."""
        starts = [start for start in (self.last_play, other.last_play) if start is not None]
        return Sum(
            self.plays + other.plays,
            self.aired + other.aired,
            self.nominal + other.nominal,
            self.skips + other.skips,
            max(starts, default=None),
        )


class Gain:
    """What a batch adds to the sums.

    A start later than `latest` is a wrong clock's: that play counts, but it is not the last one for years to come.
    """

    def __init__(self, latest: int) -> None:
        self._latest = latest
        self._sums: dict[str, list[int]] = {}
        self._starts: dict[str, int] = {}

    def played(self, play: Play) -> None:
        """One that was not known before."""
        songtype = play.row.songtype
        self._of(songtype)[0] += 1
        if play.started is not None and play.started <= self._latest:
            self._starts[songtype] = max(play.started, self._starts.get(songtype, play.started))
        if play.aired is not None:
            self.completed(play)

    def completed(self, play: Play) -> None:
        """One whose time on the air was not known before."""
        found = self._of(play.row.songtype)
        found[1] += play.aired or 0
        found[2] += play.row.duration
        found[3] += bool(play.skipped)

    def sums(self) -> dict[str, Sum]:
        """By songtype."""
        return {
            kind: Sum(plays, aired, nominal, skips, self._starts.get(kind))
            for kind, (plays, aired, nominal, skips) in self._sums.items()
        }

    def _of(self, songtype: str) -> list[int]:
        return self._sums.setdefault(songtype, [0, 0, 0, 0])


def totals(of: Iterable[tuple[str, Sum]]) -> dict[str, Sum]:
    """By songtype, each of them."""
    return dict.fromkeys(SONGTYPES, Sum()) | dict(of)


def grown(sums: Mapping[str, Sum], gain: Gain) -> dict[str, Sum]:
    """The sums with what a batch adds."""
    return {**sums} | {kind: sums[kind] + more for kind, more in gain.sums().items()}
