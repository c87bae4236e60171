"""What somebody told us about one listening session, whoever it was.

Every source's telling is made into a `Fact` before anything else happens to it: Icecast's list of listeners, its URL
authentication, a streaming server's play events. A fact holds no address and no agent any more, so it may be stored.

Times are whole milliseconds of Unix time, durations whole milliseconds.
"""

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

Kind = Literal["started", "updated", "closed"]

REASONS = ("left", "gone", "timeout", "error", "denied", "expired", "server_restart", "other")
"""Why a session ended: the label `reason`. A sender's own words are folded into these."""

QUALIFIED = 60_000
"""Milliseconds from which on a session counts in the industry's figures (Triton Webcast Metrics)."""

LONGEST_SESSION = 30 * 86_400_000
"""Milliseconds that a session can last. Longer than that is a clock that was wrong."""

QUARTER = 900_000
"""Milliseconds of a quarter-hour."""


class Listener(Struct, frozen=True, array_like=True, gc=False):
    """Who listens, where, to what and on what: all that is known of a session from its beginning.

    `identity` = 16 bytes, the keyed hash of address and agent; `address` = 16 bytes, that of the address alone.
    `connection` = Icecast's number of the connection. `person` = neither a relay nor a bot.
    """

    server: str
    channel: str
    protocol: str
    identity: bytes
    address: bytes
    country: str = "unknown"
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    player: str = "unknown"
    player_class: str = "other"
    person: bool = True
    connection: int | None = None


class Fact(Struct, frozen=True, array_like=True, gc=False):
    """One telling about one session.

    Attributes:
        sender: the label of `radio_ingest_*`: `icecast`, `icecast_auth`, `shoutcast`, `flussonic`, a mapping's name.
        kind: `started`, `updated` (still there), `closed`.
        key: which session: `session_key`.
        at: when it was so, by the sender's clock.
        event: a fingerprint of the telling itself, by which a repetition is recognised; 0 where repeating is harmless.
        started: when the session began, where the telling says so.
        lasted: how long it has lasted by now, where the telling says that instead (Icecast).
        sent: bytes sent to the listener so far.
        reason: of a closed one, one of REASONS.
        final: of a closed one: the server itself said so, and no later list of listeners can know better.
        listener: None only where the session is known already.
        begins: this telling makes it a listener's session; False for a `closed` that does not say when it began.
    """

    sender: str
    kind: Kind
    key: bytes
    at: int
    event: int = 0
    started: int | None = None
    lasted: int | None = None
    sent: int | None = None
    reason: str = ""
    final: bool = True
    listener: Listener | None = None
    begins: bool = True


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Fact])

pack = _encoder.encode
"""A list of facts as the journal keeps it."""

unpack = _decoder.decode
"""The list of facts that was packed."""


def session_key(origin: str, server: str, epoch: int, name: str) -> bytes:
    """The key of a session: 16 bytes over who keeps it, on which server, since which start of it, and its name there.

    Icecast numbers its connections anew after each start, so the start (Unix time in seconds) is part of the key.
    """
    return blake2b(f"{origin}\0{server}\0{epoch}\0{name}".encode("utf-8", "replace"), digest_size=16).digest()


def fingerprint(*parts: object) -> int:
    """48 bits over what makes one telling different from another of the same session; never 0."""
    said = "\0".join(map(str, parts)).encode("utf-8", "replace")
    return int.from_bytes(blake2b(said, digest_size=6).digest(), "big") or 1


class Listen(Struct, frozen=True, array_like=True):
    """One play that a page or a player reported. `referrer` = the page's host alone; `duration` where it is known."""

    at: int
    source: str
    identity: bytes
    address: bytes
    country: str
    player: str
    player_class: str
    referrer: str = ""
    duration: int | None = None
