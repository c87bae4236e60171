"""What whoever brings facts asks of the audience first: is the session known, and who is it that listens."""

from typing import Protocol

from exporter.audience.facts import Listener


class Reception(Protocol):
    """The part of the audience that decoders and lists of listeners need."""

    def known(self, key: bytes) -> bool:
        """The session is in memory: a fact about it needs no listener."""
        ...

    def listener(
        self,
        *,
        server: str,
        channel: str,
        protocol: str,
        address: str,
        agent: str,
        at: int,
        country: str | None = None,
        connection: int | None = None,
    ) -> Listener:
        """Look everything up; the address ends there. `country` = what the sender says, where no database knows."""
        ...
