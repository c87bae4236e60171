"""Where the demo's listeners are: cities all over the world, and addresses that a database of ours finds there.

`python -m demo.places FILE` writes that database. It knows 127.0.0.0/8, from where real connections come, and the
networks that are kept for documentation (RFC 5737, RFC 3849), which the streaming servers' events name.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from demo.mmdb import Network, Record, database


@dataclass(frozen=True, slots=True)
class City:
    """A place with listeners. `share` = how many, beside the others; all shares together are below 256."""

    name: str
    country: str
    latitude: float
    longitude: float
    share: int


CITIES = (
    City("London", "GB", 51.51, -0.13, 24),
    City("New York", "US", 40.71, -74.01, 22),
    City("Los Angeles", "US", 34.05, -118.24, 16),
    City("Berlin", "DE", 52.52, 13.41, 14),
    City("Chicago", "US", 41.88, -87.63, 12),
    City("Sydney", "AU", -33.87, 151.21, 10),
    City("Toronto", "CA", 43.65, -79.38, 10),
    City("Manchester", "GB", 53.48, -2.24, 9),
    City("Melbourne", "AU", -37.81, 144.96, 9),
    City("Houston", "US", 29.76, -95.37, 7),
    City("Seattle", "US", 47.61, -122.33, 7),
    City("Hamburg", "DE", 53.55, 9.99, 7),
    City("Munich", "DE", 48.14, 11.58, 7),
    City("Atlanta", "US", 33.75, -84.39, 6),
    City("Dublin", "IE", 53.35, -6.26, 6),
    City("Amsterdam", "NL", 52.37, 4.9, 6),
    City("Denver", "US", 39.74, -104.99, 5),
    City("Glasgow", "GB", 55.86, -4.25, 5),
    City("Vancouver", "CA", 49.28, -123.12, 5),
    City("Paris", "FR", 48.86, 2.35, 5),
    City("Cologne", "DE", 50.94, 6.96, 4),
    City("Montreal", "CA", 45.5, -73.57, 4),
    City("Stockholm", "SE", 59.33, 18.07, 4),
    City("Auckland", "NZ", -36.85, 174.76, 4),
    City("Perth", "AU", -31.95, 115.86, 3),
    City("Vienna", "AT", 48.21, 16.37, 3),
    City("Zurich", "CH", 47.37, 8.54, 3),
    City("Madrid", "ES", 40.42, -3.7, 3),
    City("Cape Town", "ZA", -33.92, 18.42, 3),
    City("Mumbai", "IN", 19.08, 72.88, 3),
    City("Tokyo", "JP", 35.68, 139.69, 3),
    City("São Paulo", "BR", -23.55, -46.63, 3),
    City("Milan", "IT", 45.46, 9.19, 2),
    City("Warsaw", "PL", 52.23, 21.01, 2),
    City("Mexico City", "MX", 19.43, -99.13, 2),
    City("Nairobi", "KE", -1.29, 36.82, 1),
    City("Buenos Aires", "AR", -34.6, -58.38, 1),
)

FIRST_BLOCK = 1  # 127.0.0.0/16 holds everybody's 127.0.0.1 and stays without a place, as does what no city has
DOCUMENTATION = tuple(IPv4Network(network) for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
DOCUMENTATION_6 = IPv6Network("2001:db8::/32")
SIX = 0.5  # share of the documentation networks' listeners who have IPv6


def networks() -> Iterator[tuple[Network, City]]:
    """Yield every network that lies in a city."""
    block = FIRST_BLOCK
    for number, city in enumerate(CITIES):
        for _ in range(city.share):
            yield ip_network(f"127.{block}.0.0/16"), city
            block += 1
        yield _household(number), city
    for number, small in enumerate(_small_networks()):
        yield small, CITIES[number % len(CITIES)]


def documentation_address(city: City, dice: random.Random) -> str:
    """Return an address in `city` that nobody has."""
    number = CITIES.index(city)
    if dice.random() < SIX:
        return str(IPv6Address(int(_household(number).network_address) | dice.getrandbits(80)))
    network = dice.choice(_small_networks()[number :: len(CITIES)])
    return str(IPv4Address(int(network.network_address) + dice.randrange(network.num_addresses)))


def some_city(dice: random.Random, cities: Sequence[City] = CITIES) -> City:
    """Return one of `cities`, each as often as its share says."""
    return dice.choices(cities, [city.share for city in cities])[0]


def record(city: City) -> Record:
    """Return what GeoLite2 City says of a place, as far as it is of use."""
    return {
        "city": {"names": {"en": city.name}},
        "country": {"iso_code": city.country},
        "location": {"latitude": city.latitude, "longitude": city.longitude},
    }


def write(file: Path) -> Path:
    """Write the database, dated now, and return its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")  # the exporter may look at any moment
    draft.write_bytes(database({network: record(city) for network, city in networks()}, int(time.time())))
    return draft.replace(file)


def places_file(folder: Path) -> Path:
    """Return the database that lies in `folder`: the exporter reads it."""
    return folder / "places.mmdb"


def _small_networks() -> list[IPv4Network]:
    return [small for network in DOCUMENTATION for small in network.subnets(new_prefix=28)]


def _household(number: int) -> IPv6Network:
    return IPv6Network((int(DOCUMENTATION_6.network_address) | number << 80, 48))


def main() -> None:
    """Write the database."""
    parser = argparse.ArgumentParser(prog="python -m demo.places", description="where the demo's listeners are")
    parser.add_argument("file", type=Path, help="for example places.mmdb")
    print(f"{write(parser.parse_args().file)}: {len(CITIES)} cities")


if __name__ == "__main__":
    main()
