"""The interface that every polled server implements."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from exporter.page import Block

State = Literal["on air", "off air", "idle"]


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream as the rest of the exporter sees it: the landing page, the event log.

    Attributes:
        name: the mount, or a Shoutcast's stream.
        state: `idle` = an on-demand relay that nobody listens to: not on the air, and nothing is wrong.
        listeners: as the server counts them.
        title: what the server says is playing.
        started: when its source connected, as Unix time by the server's clock; None where the server does not say.
        received: bytes from its source so far; None where the server does not say.
        playout: it is what a studio plays; whoever listens hears it on a server's streams.
    """

    name: str
    state: State
    listeners: int | None
    title: str | None
    started: float | None = None
    received: int | None = None
    playout: bool = False


class Target(Protocol):
    """One server. `source` is the prefix of its metrics, `name` its `server` label; times in seconds."""

    @property
    def source(self) -> str:
        """`icecast`, `shoutcast`."""
        ...

    @property
    def name(self) -> str:
        """As configured."""
        ...

    @property
    def interval(self) -> float:
        """Seconds from one poll to the next; 0 = ask when scraped."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds for one poll."""
        ...

    async def poll(self) -> Block:
        """Ask, and render what was answered.

        Raises:
            PollError: there is no reading, with the reason.
        """
        ...

    def without_reading(self) -> Block:
        """What is still said while the server cannot be read: the streams that are known, as down."""
        ...

    def streams(self) -> tuple[StreamState, ...]:
        """The streams of the latest reading."""
        ...

    async def background(self) -> None:
        """What else runs as long as the target is watched, as a task of its own; may return at once."""
        ...

    async def close(self) -> None:
        """It is watched no longer, and none of its tasks runs any more."""
        ...


Observer = Callable[[bool], None]
"""Told after every look at a target whether it gave a reading; returns at once."""
