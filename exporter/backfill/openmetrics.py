"""The history as Prometheus would have scraped it at every quarter-hour, for promtool to make blocks of.

`promtool tsdb create-blocks-from openmetrics FILE DIRECTORY`.
https://prometheus.io/docs/specs/om/open_metrics_spec/ (text format 1.0): a family's samples stand together, those of
one series in the order of time. So the sums of all quarter-hours are kept until the end: some 100 bytes each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TextIO

from exporter.audience.facts import QUARTER
from exporter.audience.families import FAMILIES as AUDIENCE
from exporter.audience.quarters import spread
from exporter.icecast.metrics import FAMILIES as ICECAST
from exporter.page import Family, header, labels, number


class _Quarter:
    """What changes in one quarter-hour of a channel: its sums, and how many more are there at its end."""

    __slots__ = ("listened", "more", "started")

    def __init__(self) -> None:
        self.started = self.listened = self.more = 0


class _Point(NamedTuple):
    """A channel at one moment: who is there, and the counters since the history begins."""

    at: int
    there: int
    started: int
    listened: int


class Exposition:
    """Gathers sessions and writes the samples of their server.

    Args:
        server: the label `server`.
        more: labels to be added to every series, such as `job` and `instance`.
    """

    def __init__(self, server: str, more: Mapping[str, str]) -> None:
        self._server, self._more = server, dict(more)
        self._channels: defaultdict[str, defaultdict[int, _Quarter]] = defaultdict(lambda: defaultdict(_Quarter))

    def take(self, channel: str, started: int, ended: int) -> None:
        """One session, in milliseconds. At a moment those are there who have started by then, and end behind it."""
        quarters = self._channels[channel]
        first, gone = -(-started // QUARTER), -(-ended // QUARTER)
        quarters[first].started += 1
        quarters[first].more += 1
        quarters[gone].more -= 1
        for quarter, milliseconds in spread(started, ended):
            quarters[quarter // QUARTER + 1].listened += milliseconds

    def write(self, file: TextIO) -> None:
        """Everything, whole."""
        for family, mount, value in _SHOWN:
            file.write(header(family, openmetrics=True))
            for channel in sorted(self._channels):
                label_set = labels(server=self._server, **{mount: channel}, **self._more)
                file.writelines(_samples(family.name + label_set, value, self._points(channel)))
        file.write("# EOF\n")

    def _points(self, channel: str) -> Iterator[_Point]:
        quarters = self._channels[channel]
        there = started = listened = 0
        for quarter in range(min(quarters) - 1, max(quarters) + 1):  # from a 0, so that increase() sees the first
            if change := quarters.get(quarter):
                there, started, listened = there + change.more, started + change.started, listened + change.listened
            yield _Point(quarter * QUARTER // 1000, there, started, listened)


def _samples(series: str, value: Callable[[_Point], float], points: Iterable[_Point]) -> Iterator[str]:
    return (f"{series} {number(value(point))} {point.at}\n" for point in points)


_BY_NAME: dict[str, Family] = {family.name: family for family in (*ICECAST, *AUDIENCE)}

_SHOWN: tuple[tuple[Family, str, Callable[[_Point], float]], ...] = (
    (_BY_NAME["icecast_mount_listeners"], "mount", lambda point: point.there),
    (_BY_NAME["radio_sessions_active"], "channel", lambda point: point.there),
    (_BY_NAME["radio_sessions_started_total"], "channel", lambda point: point.started),
    (_BY_NAME["radio_listening_seconds_total"], "channel", lambda point: point.listened / 1000),
)
