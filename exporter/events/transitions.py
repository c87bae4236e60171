"""What changed from one poll of a target to the next: streams that came, went or stalled, servers that fell silent.

The first look says what is there, which is no news; but a server that cannot be read, or a stream that stands, is told
of even then. A server that cannot be read says nothing about its streams: what became of them is told by the first
reading afterwards. An on-demand relay that falls
asleep or wakes is no news either.
"""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from exporter.event import Tell, happened
from exporter.polling.target import Observer, StreamState, Target

STALLED_AFTER = 15.0
"""Seconds for which a stream's counter of bytes may stand: Icecast moves it every 5 s, and a poll may come late."""


class Flow(Struct, frozen=True):
    """How much a source had sent when that was last seen to grow. `since` by the monotonic clock."""

    received: int | None
    since: float
    stalled: bool = False


class Sight:
    """One target from look to look.

    Args:
        target: what is looked at.
        tell: takes what has changed.
        titles: whether a title that changes is told too.
        clock: seconds that only grow.
    """

    def __init__(self, target: Target, tell: Tell, titles: Callable[[], bool], clock: Callable[[], float]) -> None:
        self._target, self._tell, self._titles, self._clock = target, tell, titles, clock
        self._source = f"{target.source}/{target.name}"
        self._up: bool | None = None
        self._streams: dict[str, StreamState] | None = None
        self._flows: dict[str, Flow] = {}
        self._known_titles: dict[str, str] = {}

    def look(self, up: bool) -> None:
        """A poll has ended, with a reading or without one."""
        before, self._up = self._up, up
        if up is not before and not (up and before is None):
            self._tell_of_server(up)
        if up:
            self._compare([stream for stream in self._target.streams() if not stream.playout])

    def _tell_of_server(self, up: bool) -> None:
        name = "mysql" if self._target.source == "sam" else "server"
        event = f"{name}_{'connected' if up else 'disconnected'}"
        words = "can be read again" if up else "cannot be read"
        what = "The playout's database" if self._target.source == "sam" else "The server"
        self._tell(happened(event, f"{what} {words}.", source=self._source))

    def _compare(self, streams: Sequence[StreamState]) -> None:
        before, self._streams = self._streams, {stream.name: stream for stream in streams}
        if before is None:
            self._known_titles = {stream.name: stream.title for stream in streams if stream.title}
            for stream in streams:
                self._keep(stream, before=None)
            return
        for name in before.keys() - self._streams.keys():
            self._said("mount_removed", name, f"{name} is gone, and forgotten.")
            self._flows.pop(name, None)
            self._known_titles.pop(name, None)
        for stream in streams:
            self._tell_of_source(stream, before.get(stream.name))
            self._keep(stream, before.get(stream.name))

    def _tell_of_source(self, now: StreamState, before: StreamState | None) -> None:
        if before is None:
            self._said("mount_added", now.name, f"{now.name} is new.")
        another = before is not None and _another_source(before, now)
        was = "off air" if before is None else before.state
        if was == "on air" and (now.state == "off air" or another):
            self._said("stream_disconnected", now.name, f"{now.name} has lost its source.")
        if now.state == "on air" and (was == "off air" or another):
            self._said("stream_connected", now.name, f"{now.name} is on the air.")

    def _keep(self, now: StreamState, before: StreamState | None) -> None:
        """Watch its bytes and its title while it is on the air."""
        if now.state != "on air" or (before is not None and _another_source(before, now)):
            self._flows.pop(now.name, None)
        if now.state == "on air":
            self._measure(now)
            self._tell_of_title(now)

    def _measure(self, now: StreamState) -> None:
        if now.received is None:
            return
        flow = self._flows.get(now.name)
        if flow is None or now.received != flow.received:
            if flow is not None and flow.stalled:
                self._said("stream_resumed", now.name, f"The source of {now.name} sends again.")
            self._flows[now.name] = Flow(now.received, self._clock())
        elif not flow.stalled and self._clock() - flow.since >= STALLED_AFTER:
            self._flows[now.name] = Flow(flow.received, flow.since, stalled=True)
            message = f"The source of {now.name} is connected, but has sent nothing for {STALLED_AFTER:g} s."
            self._said("stream_stalled", now.name, message)

    def _tell_of_title(self, now: StreamState) -> None:
        """A title that is missing for a moment is the same one afterwards; that of the first look is no news."""
        if not now.title:
            return
        known, self._known_titles[now.name] = self._known_titles.get(now.name), now.title
        if self._titles() and known != now.title:
            self._said("track_played", now.name, now.title)

    def _said(self, event: str, mount: str, message: str) -> None:
        metadata = {"server": self._target.name, "mount": mount}
        self._tell(happened(event, message, source=self._source, metadata=metadata))


def _another_source(before: StreamState, now: StreamState) -> bool:
    """Whether the source has left and come again between two looks."""
    return None not in (before.started, now.started) and before.started != now.started


def observer(
    tell: Tell, titles: Callable[[], bool], clock: Callable[[], float] = time.monotonic
) -> Callable[[Target], Observer]:
    """What makes a `Sight` for each target."""
    return lambda target: Sight(target, tell, titles, clock).look
