"""What the event log says of itself: counters, and their samples. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from exporter.bounded import OTHER, SERIES_DROPPED, Bounded
from exporter.event import KINDS, Event
from exporter.events import families as f
from exporter.page import Block, Family, labels, sample

MOST_KINDS = 200
"""Names of events, each with a level and a category, that have a series of their own: engines push what they like."""

_SEPARATOR = "\x1f"


class Counts:
    """Events by what they are, and what became of them. Those that the exporter itself can see begin at 0."""

    def __init__(self) -> None:
        self._kinds = Bounded("event", MOST_KINDS)
        self._kinds.know(_SEPARATOR.join((*kind, name)) for name, kind in KINDS.items())
        self._events = Counter({(level, category, name): 0 for name, (level, category) in KINDS.items()})
        self.dropped: Counter[str] = Counter(dict.fromkeys(f.SINKS, 0))
        self.duplicates = 0
        self.loki: LokiCounts | None = None
        self._block: Block = {}

    def happened(self, event: Event) -> None:
        """Count it."""
        kind = _SEPARATOR.join((event.level, event.category, event.event))
        name = event.event if self._kinds.fold(kind) == kind else OTHER
        self._events[event.level, event.category, name] += 1

    def block(self) -> Block:
        """The samples; the same object while nothing has changed."""
        fresh = self._rendered()
        if fresh != self._block:
            self._block = fresh
        return self._block

    def _rendered(self) -> Block:
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for family, value, label_set in self._samples():
            lines[family.name].append(sample(family, label_set, value))
        return {name: "".join(some) for name, some in lines.items()}

    def _samples(self) -> Iterator[tuple[Family, float, str]]:
        for (level, category, name), number in self._events.items():
            yield f.EVENTS, number, labels(level=level, category=category, event=name)
        for sink, number in self.dropped.items():
            yield f.DROPPED, number, labels(sink=sink)
        yield f.DUPLICATES, self.duplicates, ""
        yield SERIES_DROPPED, self._kinds.dropped, labels(family=self._kinds.family)
        if self.loki is not None:
            yield from self.loki.samples()


class LokiCounts:
    """How pushing to Loki goes. `up` None = nothing was pushed yet."""

    def __init__(self) -> None:
        self.up: bool | None = None
        self.waiting = self.pushed = 0
        self.failures: Counter[str] = Counter(dict.fromkeys(f.LOKI_REASONS, 0))

    def samples(self) -> Iterator[tuple[Family, float, str]]:
        """Every figure that is known."""
        if self.up is not None:
            yield f.LOKI_UP, int(self.up), ""
        yield f.LOKI_WAITING, self.waiting, ""
        yield f.LOKI_PUSHED, self.pushed, ""
        for reason, number in self.failures.items():
            yield f.LOKI_FAILURES, number, labels(reason=reason)
