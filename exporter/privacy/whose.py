"""Whom a request is about: an address, or an identity as an export showed it."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, Self

from sqlalchemy import ColumnElement, Table

from exporter.audience.identity import Identities
from exporter.errors import ConfigError

_IDENTITY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Whose:
    """Keyed hashes, 16 bytes each, in the column of that name: never what they were made of."""

    by: Literal["address", "identity"]
    hashes: tuple[bytes, ...]

    @classmethod
    def address(cls, written: str, identities: Identities) -> Self:
        """By an address, under every key there is; ConfigError if it is none."""
        try:
            ip_address(written.partition("%")[0])
        except ValueError:
            message = "is no address: write one such as 192.0.2.1 or 2001:db8::1"
            raise ConfigError("command line", message, place="--ip") from None
        return cls("address", tuple(identities.addresses(written)))

    @classmethod
    def identity(cls, written: str) -> Self:
        """By an identity; ConfigError if it is none."""
        try:
            identity = bytes.fromhex(written)
        except ValueError:
            identity = b""
        if len(identity) != _IDENTITY_BYTES:
            raise ConfigError("command line", "is no identity: it has 32 hexadecimal digits", place="--identity")
        return cls("identity", (identity,))

    def rows_of(self, table: Table) -> ColumnElement[bool]:
        """Which rows of `session` or `listen` are theirs."""
        return table.c[self.by].in_(self.hashes)
