"""A database of made-up places for the benchmark's addresses: a city for every 256 of them."""

import time
from ipaddress import ip_network
from pathlib import Path

from bench.crowd import address
from demo.mmdb import database

COUNTRIES = ("US", "DE", "GB", "FR", "BR", "IN", "JP", "NL", "PL", "ES", "IT", "CA", "AU", "MX", "SE", "CH")
CITIES = 512


def write_places(path: Path) -> Path:
    """Write it there."""
    records = {ip_network(f"{address(256 * number)}/24"): _city(number) for number in range(CITIES)}
    path.write_bytes(database(records, int(time.time())))
    return path


def _city(number: int) -> dict[str, object]:
    return {
        "country": {"iso_code": COUNTRIES[number % len(COUNTRIES)]},
        "city": {"names": {"en": f"City {number}"}},
        "location": {"latitude": number % 120 - 60.0, "longitude": number % 300 - 150.0},
    }
