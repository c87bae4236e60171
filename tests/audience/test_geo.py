import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.geo import Geo, Place
from tests import mmdb

BERLIN = mmdb.city("DE", "Berlin", 52.520007, 13.404954)
NETWORKS = {
    "203.0.113.0/24": BERLIN,
    "198.51.100.0/25": mmdb.city("FR", "Paris", 48.8566, 2.3522),
    "198.51.100.128/25": mmdb.country("FR"),
    "2001:db8::/32": mmdb.city("AU", "Sydney", -33.8688, 151.2093),
}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return mmdb.write(tmp_path / "city.mmdb", NETWORKS)


@pytest.fixture
def geo(database: Path) -> Iterator[Geo]:
    known = Geo(database)
    yield known
    known.close()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", Place("DE", "Berlin", 52.52, 13.4)),
        ("::ffff:203.0.113.7", Place("DE", "Berlin", 52.52, 13.4)),
        (" 203.0.113.7 ", Place("DE", "Berlin", 52.52, 13.4)),
        ("198.51.100.1", Place("FR", "Paris", 48.86, 2.35)),
        ("198.51.100.200", Place("FR", "", None, None)),
        ("2001:db8::1", Place("AU", "Sydney", -33.87, 151.21)),
        ("[2001:db8::1]", Place("AU", "Sydney", -33.87, 151.21)),
        ("192.0.2.1", Place("unknown", "", None, None)),
        ("2001:db9::1", Place("unknown", "", None, None)),
        ("radio.example", Place("unknown", "", None, None)),
        ("", Place("unknown", "", None, None)),
        ("203.0.113.7\0", Place("unknown", "", None, None)),
        ("127.0.0.1", Place("private", "", None, None)),
        ("10.1.2.3", Place("private", "", None, None)),
        ("172.16.0.1", Place("private", "", None, None)),
        ("172.32.0.1", Place("unknown", "", None, None)),
        ("192.168.1.1", Place("private", "", None, None)),
        ("169.254.1.1", Place("private", "", None, None)),
        ("100.64.0.1", Place("private", "", None, None)),
        ("100.128.0.1", Place("unknown", "", None, None)),
        ("::1", Place("private", "", None, None)),
        ("::ffff:10.0.0.1", Place("private", "", None, None)),
        ("fe80::1%eth0", Place("private", "", None, None)),
        ("fd12::1", Place("private", "", None, None)),
    ],
)
def test_places(geo: Geo, address: str, place: Place) -> None:
    assert geo.place(address) == place


@pytest.mark.parametrize(
    ("address", "told", "country"),
    [
        ("192.0.2.1", "nl", "NL"),
        ("192.0.2.1", "NL", "NL"),
        ("10.0.0.1", "nl", "NL"),
        ("not an address", "nl", "NL"),
        ("203.0.113.7", "nl", "DE"),  # the database knows better
        ("192.0.2.1", "", "unknown"),
        ("192.0.2.1", "NLD", "unknown"),
        ("192.0.2.1", "T1", "unknown"),
        ("192.0.2.1", "XX", "unknown"),
        ("192.0.2.1", "--", "unknown"),
        ("192.0.2.1", "ñl", "unknown"),
        ("10.0.0.1", "Netherlands", "private"),
    ],
)
def test_the_country_that_the_sender_told(geo: Geo, address: str, told: str, country: str) -> None:
    assert geo.place(address, told).country == country


def test_without_a_database_only_the_sender_knows(caplog) -> None:
    geo = Geo(None)
    geo.refresh()
    assert [geo.place("203.0.113.7").country, geo.place("203.0.113.7", "de").country] == ["unknown", "DE"]
    assert geo.place("192.168.0.1") == Place("private")
    assert geo.built is None
    assert not caplog.records


def test_a_database_that_knows_private_addresses(tmp_path: Path) -> None:
    """As that of the demonstration does."""
    geo = Geo(mmdb.write(tmp_path / "demo.mmdb", {"127.0.0.0/8": BERLIN, "10.0.0.0/8": {}}))
    assert geo.place("127.9.9.9", "fr").country == "DE"
    assert geo.place("10.0.0.1").country == "private"
    assert geo.place("10.0.0.1", "fr").country == "FR"


@pytest.mark.parametrize(
    ("kind", "record", "place"),
    [
        ("GeoLite2-City", BERLIN, Place("DE", "Berlin", 52.52, 13.4)),
        ("GeoLite2-Country", mmdb.country("DE"), Place("DE")),
        ("DBIP-City-Lite", mmdb.dbip_city("DE", "Berlin", 52.52, 13.405), Place("DE", "Berlin", 52.52, 13.4)),
        ("DBIP-Country-Lite", {"country": {"iso_code": "DE"}}, Place("DE")),
    ],
)
def test_layouts(tmp_path: Path, kind: str, record: mmdb.Record, place: Place) -> None:
    geo = Geo(mmdb.write(tmp_path / "x.mmdb", {"203.0.113.0/24": record}, kind))
    assert geo.place("203.0.113.7") == place


def test_a_database_of_ipv4_alone(tmp_path: Path, caplog) -> None:
    geo = Geo(mmdb.write(tmp_path / "x.mmdb", {"203.0.113.0/24": BERLIN}, ip_version=4))
    assert geo.place("203.0.113.7").country == "DE"
    assert geo.place("::ffff:203.0.113.7").country == "DE"
    assert geo.place("2001:db8::1") == Place("unknown")
    assert not caplog.records


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({}, Place("unknown")),
        ("text", Place("unknown")),
        ([BERLIN], Place("unknown")),
        ({"country": "DE"}, Place("unknown")),
        ({"country": {"iso_code": 49}}, Place("unknown")),
        ({"country": {"iso_code": "Germany"}}, Place("unknown")),
        ({"country": {"iso_code": "de"}}, Place("DE")),
        ({"continent": {"code": "EU"}, "registered_country": {"iso_code": "DE"}}, Place("unknown")),
        ({"city": "Berlin"}, Place("unknown")),
        ({"city": {"names": ["Berlin"]}}, Place("unknown")),
        ({"city": {"names": {"en": 7, "de": " Köln "}}}, Place("unknown", "Köln")),
        ({"city": {"names": {"en": "x" * 500}}}, Place("unknown", "x" * 80)),
        ({"location": {"latitude": 52.5}}, Place("unknown")),
        ({"location": {"latitude": "52.5", "longitude": 13.4}}, Place("unknown")),
        ({"location": {"latitude": 52, "longitude": 13}}, Place("unknown", "", 52.0, 13.0)),
        ({"location": {"latitude": True, "longitude": 13}}, Place("unknown")),
        ({"location": {"latitude": 91.0, "longitude": 13.0}}, Place("unknown")),
        ({"location": {"latitude": float("nan"), "longitude": 13.0}}, Place("unknown")),
        ({"location": {"latitude": float("inf"), "longitude": 13.0}}, Place("unknown")),
        ({"location": [52.5, 13.4]}, Place("unknown")),
    ],
)
def test_odd_records(tmp_path: Path, record: Any, place: Place) -> None:
    assert Geo(mmdb.write(tmp_path / "x.mmdb", {"203.0.113.0/24": record})).place("203.0.113.7") == place


def test_no_minus_zero(tmp_path: Path) -> None:
    place = Geo(mmdb.write(tmp_path / "x.mmdb", {"203.0.113.0/24": mmdb.city("GB", "G", 51.48, -0.001)})).place(
        "203.0.113.1"
    )
    assert str(place.longitude) == "0.0"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["iso_code", "names", "en", "latitude", "longitude"]), inner, max_size=4)
    ),
)


@given(st.dictionaries(st.sampled_from(["country", "city", "location", "x"]), VALUES))
def test_any_record_makes_a_place(record: dict[str, Any]) -> None:
    class Reader:
        def get(self, _: object) -> object:
            return record

    geo = Geo(None)
    geo._reader = Reader()  # no database can hold all of these
    place = geo.place("203.0.113.7")
    assert re.fullmatch(r"[A-Z]{2}|unknown", place.country)
    assert len(place.city) <= 80
    assert (place.latitude is None) == (place.longitude is None)
    assert place.latitude is None or (abs(place.latitude) <= 90 and abs(place.longitude) <= 180)


def test_listeners_of_one_city_share_their_place(geo: Geo) -> None:
    assert geo.place("203.0.113.7") is geo.place("203.0.113.8")


@given(st.text(max_size=80), st.none() | st.text(max_size=4))
def test_any_address_has_a_place(address: str, told: str | None) -> None:
    assert re.fullmatch(r"[A-Z]{2}|unknown|private", Geo(None).place(address, told).country)
