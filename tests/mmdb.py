"""Writes MaxMind databases as small as a test needs them, in the layouts that stations use."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MmdbF32, MMDBWriter
from netaddr import IPSet

Record = dict[str, Any]


def write(path: Path, records: Mapping[str, Any], database_type: str = "GeoLite2-City", ip_version: int = 6) -> Path:
    """A database with a record for each network, put in place at once, as geoipupdate does."""
    writer = MMDBWriter(
        ip_version=ip_version,
        ipv4_compatible=ip_version == 6,
        database_type=database_type,
        languages=["en"],
        description="made for a test",
    )
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        writer.to_db_file(str(draft))
        return draft.replace(path)


def city(country: str, name: str, latitude: float, longitude: float) -> Record:
    """As GeoLite2-City has it."""
    return {
        "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe", "de": "Europa"}},
        "country": {"iso_code": country, "geoname_id": 2921044, "names": {"en": country}},
        "registered_country": {"iso_code": "US", "geoname_id": 6252001, "names": {"en": "United States"}},
        "city": {"geoname_id": 2950159, "names": {"de": f"{name} (de)", "en": name}},
        "location": {"accuracy_radius": 20, "latitude": latitude, "longitude": longitude, "time_zone": "Europe/Berlin"},
        "postal": {"code": "10115"},
        "subdivisions": [{"iso_code": "BE", "names": {"en": "Land"}}],
    }


def country(code: str) -> Record:
    """As GeoLite2-Country has it; DB-IP's has no registered country."""
    return {
        "continent": {"code": "EU", "names": {"en": "Europe"}},
        "country": {"iso_code": code, "is_in_european_union": True, "names": {"en": code}},
        "registered_country": {"iso_code": "US", "names": {"en": "United States"}},
    }


def dbip_city(code: str, name: str, latitude: float, longitude: float) -> Record:
    """As DB-IP City Lite has it: English alone, short floats, no numbers of places."""
    return {
        "continent": {"code": "EU", "names": {"en": "Europe"}},
        "country": {"iso_code": code, "is_in_european_union": True, "names": {"en": code}},
        "city": {"names": {"en": name}},
        "location": {"latitude": MmdbF32(latitude), "longitude": MmdbF32(longitude)},
        "subdivisions": [{"names": {"en": "Land"}}],
    }
