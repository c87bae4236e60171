"""The samples of many series at once, each in a file of its own until they can stand one behind the other.

https://prometheus.io/docs/specs/om/open_metrics_spec/ (text format 1.0): a family's samples stand together, those of
one series in the order of time. A history is read in the order of time, all series side by side; so nothing of it has
to be kept in memory.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from exporter.audience.facts import QUARTER
from exporter.backfill.sam_span import Span
from exporter.page import Family, header, labels, number

BUFFER = 1 << 16
"""Bytes of each series that are written at once."""


class Series:
    """One series: its value, and since which sample it has had it.

    Args:
        name: family and labels, as they stand in a sample line.
        file: takes the samples.
        first: the first sample's time.
        shown: a value as it is written.
    """

    def __init__(self, name: str, file: TextIO, first: int, shown: Callable[[int], str]) -> None:
        self.value: int | None = None
        self.samples = 0
        self._name, self.file, self._since, self._shown = name, file, first, shown

    def set(self, tick: int, value: int | None) -> None:
        """From the sample at `tick` on it has another value; None = no sample."""
        if tick > self._since:
            self._fill(tick)
        self.value = value

    def end(self, until: int) -> None:
        """Write what is missing, the sample at `until` too."""
        self._fill(until)
        self._fill(until + 1)

    def _fill(self, tick: int) -> None:
        """Write the samples before `tick`."""
        times = range(self._since, tick, QUARTER)
        self._since = tick
        if self.value is None:
            return
        line = f"{self._name} {self._shown(self.value)} "
        self.file.writelines([f"{line}{time // 1000}\n" for time in times])
        self.samples += len(times)


class Spool:
    """The series of one server.

    Args:
        folder: for the files.
        span: from when to when.
        server: the label `server`.
        more: labels to be added to every series.
    """

    def __init__(self, folder: Path, span: Span, server: str, more: Mapping[str, str]) -> None:
        self._folder, self._span, self._server, self._more = folder, span, server, dict(more)
        self._series: dict[tuple[str, str], Series] = {}

    @property
    def samples(self) -> int:
        """How many there are."""
        return sum(series.samples for series in self._series.values())

    def add(self, family: Family, label: str, amount: int, moment: int) -> None:
        """A counter has grown. Of one in seconds the amount is in milliseconds."""
        if not amount:
            return
        tick = self._span.tick(moment)
        series = self._series.get((family.name, label)) or self._counter(family, label, tick)
        series.set(tick, (series.value or 0) + amount)

    def show(self, family: Family, value: int | None, moment: int) -> None:
        """A gauge without a label of its own has another value."""
        tick = self._span.tick(moment)
        series = self._series.get((family.name, "")) or self._begin(family, "", tick)
        series.set(tick, value)

    def write(self, families: tuple[Family, ...], file: TextIO) -> None:
        """Everything, whole; the files are removed."""
        for family in families:
            file.write(header(family, openmetrics=True))
            for key in sorted(key for key in self._series if key[0] == family.name):
                self._move(self._series[key], file)
        file.write("# EOF\n")

    def close(self) -> None:
        """Close the files."""
        for series in self._series.values():
            series.file.close()

    def _counter(self, family: Family, label: str, tick: int) -> Series:
        """One that begins with a 0, so that increase() sees its first event."""
        first = self._span.first(tick)
        series = self._begin(family, label, first)
        if first < tick:
            series.value = 0
        return series

    def _begin(self, family: Family, label: str, first: int) -> Series:
        of_it = {name: label for name in family.labels if name != "server"}
        name = family.name + labels(server=self._server, **of_it, **self._more)
        file = (self._folder / str(len(self._series))).open("w+", encoding="utf-8", buffering=BUFFER)
        shown = _seconds if "_seconds" in family.name else number
        series = self._series[family.name, label] = Series(name, file, first, shown)
        return series

    def _move(self, series: Series, file: TextIO) -> None:
        series.end(self._span.until)
        series.file.seek(0)
        shutil.copyfileobj(series.file, file, BUFFER)
        series.file.truncate(0)  # the disk holds everything once


def _seconds(milliseconds: int) -> str:
    return number(milliseconds / 1000)
