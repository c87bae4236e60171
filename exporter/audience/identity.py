"""Turns an address and an agent into keyed hashes: listeners can be told apart, but not found.

Keyed BLAKE2b (RFC 7693). Without the key an address cannot be found by trying all of them, as a plain hash of it can.
What is hashed: the four bytes of an IPv4 address (also where it is written as IPv6, `::ffff:192.0.2.1`), the first
eight of an IPv6 address (a household's /64), otherwise the text as it was told. No address, agent or key is ever put
into a log line, an error or a `repr`.
"""

import logging
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Protocol, Self

import msgspec

from exporter.config.units import Secret
from exporter.errors import ConfigError

log = logging.getLogger(__name__)

KEY_FILE = "identity.key"
KEY_BYTES = 32
SHORTEST_KEY = 16
"""Characters of a configured key."""

_DAY = 86_400_000
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
_LONGEST_AGENT = 512
# How the servers write that there was no agent: the same player must be the same listener, whoever tells of it.
_NO_AGENT = frozenset(("-", "Unknown", "EMPTY"))
_MAPPED = b"\0" * 10 + b"\xff\xff"


class _Keyed:
    """The two hashes under one key. They start from states that hold the key already, which is the dear part."""

    __slots__ = ("_address", "_listener")

    def __init__(self, key: bytes) -> None:
        self._address = blake2b(key=key, digest_size=16, person=b"radio-address")
        self._listener = blake2b(key=key, digest_size=16, person=b"radio-listener")

    def address(self, packed: bytes) -> bytes:
        state = self._address.copy()
        state.update(packed)
        return state.digest()

    def listener(self, address: bytes, agent: str) -> bytes:
        # The address' hash has a fixed length: no agent can make one listener look like another.
        state = self._listener.copy()
        state.update(address)
        state.update(agent[:_LONGEST_AGENT].encode("utf-8", "surrogatepass"))
        return state.digest()


class _Keys(Protocol):
    """Which key belongs to which moment."""

    returning: bool

    def at(self, moment: int) -> _Keyed: ...

    def held(self) -> list[_Keyed]: ...


class Identities:
    """Who listens: the same 16 bytes for the same address and agent, under keys that only this exporter has."""

    def __init__(self, keys: _Keys) -> None:
        self._keys = keys

    @classmethod
    def stable(cls, key: bytes) -> Self:
        """One key (see `read_key`) for good: a listener who comes back is known again."""
        return cls(_OneKey(key))

    @classmethod
    def daily(cls, path: Path, clock: Callable[[], float] = time.time) -> Self:
        """A new key every day (UTC), today's and yesterday's kept in the file; ConfigError if that cannot be read."""
        return cls(_DailyKeys(path, clock))

    @property
    def returning(self) -> bool:
        """Whether a listener can be known again on another day."""
        return self._keys.returning

    def of(self, address: str, agent: str, at: int) -> tuple[bytes, bytes]:
        """The listener's identity and the hash of the address alone, 16 bytes each. `at` = Unix time in ms."""
        keyed = self._keys.at(at)
        hashed = keyed.address(_packed(address))
        return keyed.listener(hashed, "" if agent in _NO_AGENT else agent), hashed

    def addresses(self, address: str) -> list[bytes]:
        """Every hash that the keys held now can make of an address, to find what is known of it."""
        packed = _packed(address)
        return [keyed.address(packed) for keyed in self._keys.held()]


def _packed(address: str) -> bytes:
    """What is hashed of an address: 4 bytes, 8 bytes, or a text that is longer than either."""
    try:
        if ":" not in address:
            return socket.inet_pton(socket.AF_INET, address)
        whole = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        return whole[12:] if whole.startswith(_MAPPED) else whole[:8]
    except (OSError, ValueError):
        return _packed_text(address)


def _packed_text(address: str) -> bytes:
    stripped = address.strip(" \t[]")
    if stripped != address:
        return _packed(stripped)
    return b"no address: " + address.encode("utf-8", "surrogatepass")


class _OneKey:
    """The same key at any time."""

    returning = True

    def __init__(self, key: bytes) -> None:
        self._keyed = _Keyed(key)

    def at(self, _moment: int) -> _Keyed:
        return self._keyed

    def held(self) -> list[_Keyed]:
        return [self._keyed]


class _DailyKeys:
    """A key for each day (number of the day since 1970, UTC); only today's and yesterday's are ever written down.

    What is told of an older day (a sender that catches up) gets a key of that day which this process forgets. What is
    told of the future is a wrong clock: it counts as today, so that nobody can make us throw today's key away.
    """

    returning = False

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path, self._clock = path, clock
        self._today = -1
        self._written = _read_days(path)
        self._keyed = _keyed(self._written)
        passing = secrets.token_bytes(KEY_BYTES)
        self._older = lru_cache(maxsize=8)(lambda day: _Keyed(blake2b(b"%d" % day, key=passing).digest()))

    def at(self, moment: int) -> _Keyed:
        today = int(self._clock() // 86_400)
        if today != self._today:
            self._turn(today)
        day = min(moment // _DAY, today)
        return self._keyed.get(day) or self._older(day)

    def held(self) -> list[_Keyed]:
        return list(self._keyed.values())

    def _turn(self, today: int) -> None:
        """Another day: forget the key of the day before yesterday, make those that are missing."""
        days = (today - 1, today)
        if self._today >= 0:
            self._take_from_file()
        kept = {day: self._written.get(day) or secrets.token_bytes(KEY_BYTES) for day in days}
        self._today, self._written, self._keyed = today, kept, _keyed(kept)
        try:
            _write_days(self._path, kept)
        except OSError as error:
            log.warning(
                "%s cannot be written (%s): after a restart today's listeners are counted anew; check the folder's"
                " permissions and the free space",
                self._path,
                error.strerror,
            )

    def _take_from_file(self) -> None:
        """Another process may have made today's key already. Without the file what is in memory is good enough."""
        with suppress(ConfigError):
            self._written |= _read_days(self._path)


def _keyed(keys: dict[int, bytes]) -> dict[int, _Keyed]:
    return {day: _Keyed(key) for day, key in keys.items()}


def _read_days(path: Path) -> dict[int, bytes]:
    """The keys by their day: `{"2026-11-21": "64 hexadecimal digits"}`. A damaged file holds none."""
    try:
        written = msgspec.json.decode(path.read_bytes(), type=dict[date, str])
        keys = {day.toordinal() - _UNIX_EPOCH: bytes.fromhex(key) for day, key in written.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError:
        log.warning("%s is damaged and made anew: listeners of today are counted a second time", path)
        return {}
    return {day: key for day, key in keys.items() if len(key) == KEY_BYTES}


def _write_days(path: Path, keys: dict[int, bytes]) -> None:
    days = {date.fromordinal(day + _UNIX_EPOCH).isoformat(): key.hex() for day, key in keys.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    _private_file(path, msgspec.json.encode(days)).replace(path)


def read_key(state_dir: Path, configured: Secret | None) -> bytes:
    """The key of `Identities.stable`: made of the configured text, else the one kept in the state directory.

    The first start makes that one, and says so. Of two that start at once, both get the same.

    Raises:
        ConfigError: the configured key is too short, or the kept one cannot be read, written or used.
    """
    if configured:
        return _of_text(configured.reveal())
    path = state_dir / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(key) != KEY_BYTES:
        message = f"is no key of {KEY_BYTES} bytes: restore it, or delete it, after which every listener counts as new"
        raise ConfigError(str(path), message)
    return key


def _of_text(text: str) -> bytes:
    if len(text) < SHORTEST_KEY:
        message = f"is too short to be secret: at least {SHORTEST_KEY} characters, such as `openssl rand -hex 32` gives"
        raise ConfigError("configuration", message, place="privacy.key")
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES, person=b"radio-key").digest()


def _make_key(path: Path) -> None:
    """Write a new key, unless another process has just done so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _private_file(path, secrets.token_bytes(KEY_BYTES))
    try:
        path.hardlink_to(draft)  # unlike a rename it never takes the place of a file that is there
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    log.warning(
        "a new key for listeners' identities is in %s: keep it secret, for whoever has it can try out which address a"
        " listener has, and keep it safe, for without it everybody who returns counts as new",
        path,
    )


def _private_file(beside: Path, content: bytes) -> Path:
    """A file in the same folder that only its owner may read, whole and on the disk."""
    descriptor, name = tempfile.mkstemp(dir=beside.parent, prefix=f".{beside.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def _unreadable(path: Path, error: OSError) -> ConfigError:
    message = f"cannot be used ({error.strerror}): check the folder's permissions, or set `privacy.key_file`"
    return ConfigError(str(path), message)
