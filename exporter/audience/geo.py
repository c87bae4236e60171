"""Looks an address up in a MaxMind database (.mmdb): country, city, rough coordinates.

GeoLite2 and DB-IP Lite, City or Country: https://dev.maxmind.com/geoip/docs/databases/city-and-country/. Any field of a
record may be missing or be something else than expected. An address lives only as long as its look-up: it is in no log
line and in no error, not even in those of the database's library, which is why their text is never passed on.
"""

import logging
import math
import shutil
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import maxminddb

log = logging.getLogger(__name__)

UNKNOWN = "unknown"
PRIVATE = "private"

_PRIVATE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "100.64.0.0/10",  # carriers' NAT
        "::1/128",
        "fe80::/10",
        "fc00::/7",
    )
)
_NO_COUNTRY = ("XX", "ZZ")  # how senders write that they do not know
_LONGEST_CITY = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listener is.

    Attributes:
        country: ISO 3166 alpha-2 in capitals, `private` or `unknown`.
        city: its English name; empty if unknown.
        latitude: degrees, to two decimals (about a kilometre); both coordinates or none.
        longitude: degrees, likewise.
    """

    country: str
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None


# Listeners of one city share one object: with 100,000 sessions that is 22 MB less. It remembers no address.
_place = lru_cache(maxsize=16_384)(Place)

Identity = tuple[int, int, int, int, int]
"""What tells a file from the one that had its name before: device, number, size, times of change (text and rights)."""


class Geo:
    """The database that the operator keeps at a path, taken up anew whenever it changes.

    Args:
        database: its file; None = every address is unknown, without a word.
        copies_in: a folder on a disk for a private copy of it, which has no name there. The database is mapped into
            memory, and a file that is overwritten in place (not replaced) would take the whole process down with it.
            Without a folder, or where it has no room, the file itself is mapped.

    A file that is cut short or no database at all is noticed. Against one with wrong bytes in its middle nothing helps:
    the format has no checksum, and the library's C code (maxminddb 3.2) can crash on it.
    """

    def __init__(self, database: Path | None, copies_in: Path | None = None) -> None:
        self._database, self._copies_in = database, copies_in
        self._identity: Identity | None = None
        self._reader: maxminddb.Reader | None = None
        self._built = 0.0
        self._said: tuple[str, Identity | None] | None = None
        self.refresh()

    @property
    def built(self) -> float | None:
        """When the database was built, in seconds of Unix time; None without one."""
        return self._built if self._reader else None

    def place(self, address: str, told_country: str | None = None) -> Place:
        """Where the address is. Where no database knows it, the country that the sender told; never an error."""
        try:
            parsed = _parsed(address)
        except ValueError:
            return _place(_country(told_country) or UNKNOWN)
        record = self._record(parsed)
        return _of_whole(record) or _place(*_parts(record, _country(told_country) or _without_country(parsed)))

    def refresh(self) -> None:
        """Take the file up if it is another one than last time. It may read the whole file: call it in a thread."""
        if self._database is None:
            return
        identity = _identity(self._database)
        if identity is None:
            self._lose("cannot be found", None)
        elif identity != self._identity:
            self._take_up(self._database, identity)

    def close(self) -> None:
        """Let go of the file. Every address is unknown from now on."""
        # Only the reference: a look-up in another thread finishes first, then the last one closes it.
        self._reader = None

    def _record(self, address: IPv4Address | IPv6Address) -> object:
        reader = self._reader
        if reader is None:
            return None
        try:
            return reader.get(address)
        except maxminddb.InvalidDatabaseError:
            self._warn("is damaged", self._identity)
        except ValueError:  # an IPv6 address and a database of IPv4 alone, or a name that is no UTF-8
            pass
        return None

    def _take_up(self, database: Path, identity: Identity) -> None:
        try:
            reader = _opened(database, self._copies_in)
            facts = reader.metadata()
        except OSError as error:
            self._lose(f"cannot be read ({error.strerror})", identity)
            return  # and try again next time: permissions are not the file's fault
        except (maxminddb.InvalidDatabaseError, ValueError, TypeError):
            self._lose("is no whole MaxMind database", identity)
        else:
            self._reader, self._built, self._said = reader, float(facts.build_epoch), None
            log.info("countries come from %s (%s, built on %s)", database, facts.database_type, _day(self._built))
        self._identity = identity

    def _lose(self, problem: str, identity: Identity | None) -> None:
        """No usable file: nothing is known any more."""
        self._reader = self._identity = None
        self._warn(problem, identity)

    def _warn(self, problem: str, identity: Identity | None) -> None:
        """Say it once of each file."""
        if self._said != (problem, identity):
            log.warning("%s %s: listeners' countries are unknown until it is mended", self._database, problem)
        self._said = problem, identity


def _day(moment: float) -> str:
    return datetime.fromtimestamp(min(moment, 2**32), UTC).date().isoformat()


def _identity(database: Path) -> Identity | None:
    try:
        facts = database.stat()
    except (OSError, ValueError):
        return None
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _opened(database: Path, copies_in: Path | None) -> maxminddb.Reader:
    if copies_in:
        try:
            return _opened_copy(database, copies_in)
        except OSError:
            log.debug("no copy of %s can be made in %s: it is used where it is", database, copies_in)
    return maxminddb.open_database(database)


def _opened_copy(database: Path, folder: Path) -> maxminddb.Reader:
    """A copy that loses its name as soon as it is open: it goes with the reader, whatever becomes of this process."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".mmdb") as copy, database.open("rb") as original:
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.flush()
        return maxminddb.open_database(copy.name)


def _parsed(address: str) -> IPv4Address | IPv6Address:
    """The address without a zone (`%eth0`), as IPv4 where it is one; ValueError if it is none."""
    with suppress(OSError, ValueError):
        return IPv4Address(socket.inet_pton(socket.AF_INET, address))  # nearly all of them; a quarter of the time
    parsed = ip_address(address.strip(" \t[]").partition("%")[0])
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _without_country(address: IPv4Address | IPv6Address) -> str:
    return PRIVATE if any(address in network for network in _PRIVATE) else UNKNOWN


def _of_whole(record: Any) -> Place | None:
    """The place of a record that has all there can be, as nearly all have; None for any other."""
    try:
        country, city, where = record["country"]["iso_code"], record["city"]["names"]["en"], record["location"]
        return _known(country, city, where["latitude"], where["longitude"])
    except (KeyError, TypeError):
        return None


@lru_cache(maxsize=16_384, typed=True)
def _known(country: object, city: object, latitude: object, longitude: object) -> Place | None:
    """The records of a city's networks say the same, so it is looked at once."""
    where = {"latitude": latitude, "longitude": longitude}
    parts = _parts({"country": {"iso_code": country}, "city": {"names": {"en": city}}, "location": where}, "")
    return _place(*parts) if parts[0] and parts[1] else None


def _parts(record: object, without_country: str) -> tuple[str, str, float | None, float | None]:
    """What a place is made of."""
    country = _country(_at(record, "country", "iso_code")) or without_country
    return (country, _city(record), *_coordinates(record))


def _at(record: object, *steps: str) -> Any:
    """What the record holds under these keys, None where there is nothing."""
    for step in steps:
        record = record.get(step) if isinstance(record, dict) else None
    return record


def _country(code: object) -> str | None:
    if not (isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha()):
        return None
    return None if code.upper() in _NO_COUNTRY else code.upper()


def _city(record: object) -> str:
    """The English name, else the first in any other language."""
    names = _at(record, "city", "names")
    if not isinstance(names, dict):
        return ""
    texts = [names.get("en"), *(names[language] for language in sorted(names))]
    return next((text.strip()[:_LONGEST_CITY] for text in texts if isinstance(text, str) and text.strip()), "")


def _coordinates(record: object) -> tuple[float, float] | tuple[None, None]:
    latitude = _degrees(_at(record, "location", "latitude"), 90)
    longitude = _degrees(_at(record, "location", "longitude"), 180)
    if latitude is None or longitude is None:
        return None, None
    return latitude, longitude


def _degrees(value: object, largest: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(float(value), 2) + 0.0 if abs(value) <= largest else None  # + 0.0: no "-0.0"
