"""One session at a streaming server, and the play events that Flussonic makes of it.

Fields: the schema of events in Flussonic's API reference, https://flussonic.com/doc/api/reference/. Times are
milliseconds of Unix time.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from demo.people import Person

UPDATE_EVERY = 30_000
STARTS_AFTER = 1_000  # until then it may be a probe, or somebody who passes by
NOTICED_AFTER = 10_000  # a player that fetches pieces does not say goodbye
IN_PIECES = frozenset({"hls", "dash", "m4s"})
BYTES_PER_SECOND = {"hls": 24_000, "dash": 32_000, "m4s": 24_000, "webrtc": 12_000, "rtmp": 40_000}

Event = dict[str, object]


@dataclass(slots=True)
class Viewing:
    """Somebody at an edge. Who leaves at once, or only probed, was opened and never started."""

    server: str
    media: str
    protocol: str
    person: Person
    opened: int
    ends: int
    dice: random.Random = field(repr=False)
    over: bool = False
    started: int | None = None
    _id: str = ""
    _told: int = 0

    def events(self, now: int) -> Iterator[Event]:
        """Yield what is due by now; nothing once it is over."""
        if self.over:
            return
        if not self._id:
            self._id = _name(self.dice)
            yield self._event("play_opened", self.opened)
        if self.started is None and min(now, self.ends) >= self.opened + STARTS_AFTER:
            self.started = self._told = self.opened + STARTS_AFTER
            yield self._event("play_started", self.started)
        if now >= self.ends + (NOTICED_AFTER if self.protocol in IN_PIECES else 0):
            self.over = True
            reason = "timeout" if self.protocol in IN_PIECES else "client_closed"
            yield self._event("play_closed", now, closed_at=self.ends, reason=reason)
        elif self.started and now < self.ends and now - self._told >= UPDATE_EVERY:
            self._told = now
            yield self._event("play_updated", now, updated_at=now)

    def _event(self, event: str, now: int, **more: object) -> Event:
        told: Event = {
            "event": event,
            "event_id": _name(self.dice),
            "server": self.server,
            "utc_ms": now,
            "id": self._id,
            "media": self.media,
            "ip": self.person.address,
            "country": self.person.country.lower(),
            "proto": self.protocol,
            "user_agent": self.person.agent,
            "opened_at": self.opened,
        }
        if self.started is not None:
            told |= {"started_at": self.started, "bytes": self._bytes(min(now, self.ends))}
        return told | more

    def _bytes(self, until: int) -> int:
        return BYTES_PER_SECOND[self.protocol] * (until - (self.started or until)) // 1000


def _name(dice: random.Random) -> str:
    return str(UUID(int=dice.getrandbits(128), version=4))
