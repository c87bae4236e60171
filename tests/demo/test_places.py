import random
import subprocess
import sys
import time
from collections import Counter
from ipaddress import ip_address
from itertools import pairwise

import pytest

from demo.places import CITIES, documentation_address, networks, some_city, write
from exporter.audience.geo import Geo, Place


@pytest.fixture
def geo(tmp_path):
    geo = Geo(write(tmp_path / "places.mmdb"))
    yield geo
    geo.close()


def test_listeners_are_all_over_the_world_and_most_speak_english():
    countries = Counter()
    for city in CITIES:
        countries[city.country] += city.share
    assert 25 <= len(CITIES) <= 40
    assert len(countries) >= 15
    assert {country for country, _ in countries.most_common(5)} == {"US", "GB", "DE", "AU", "CA"}
    assert {city.latitude > 0 for city in CITIES} == {city.longitude > 0 for city in CITIES} == {True, False}


def test_the_exporter_finds_every_network_in_its_city(geo):
    for network, city in networks():
        expected = Place(city.country, city.name, city.latitude, city.longitude)
        for address in (network.network_address, network.broadcast_address):
            assert geo.place(str(address)) == expected


def test_no_network_lies_in_two_cities():
    known = sorted(((network.version, int(network.network_address), network) for network, _ in networks()))
    assert not any(one.overlaps(other) for (*_, one), (*_, other) in pairwise(known) if one.version == other.version)


def test_the_database_is_small_and_as_old_as_the_demo(geo, tmp_path):
    assert geo.built == pytest.approx(time.time(), abs=10)
    assert (tmp_path / "places.mmdb").stat().st_size < 40_000


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.0.1", "192.168.1.1"])
def test_what_has_no_city_is_private(geo, address):
    assert geo.place(address) == Place("private")


def test_an_address_is_in_the_city_it_was_made_for(geo):
    dice = random.Random(5)
    versions = set()
    for city in CITIES:
        for _ in range(20):
            address = documentation_address(city, dice)
            assert geo.place(address).city == city.name
            versions.add(ip_address(address).version)
    assert versions == {4, 6}


def test_a_city_is_met_as_often_as_its_share_says():
    met = Counter(some_city(random.Random(number)).country for number in range(3000))
    assert met["US"] == pytest.approx(3000 * 75 / 240, rel=0.15)


def test_the_command_writes_it(tmp_path):
    said = subprocess.run(
        [sys.executable, "-m", "demo.places", tmp_path / "new/places.mmdb"], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{tmp_path}/new/places.mmdb: 37 cities\n"
    geo = Geo(tmp_path / "new/places.mmdb")
    assert geo.place("127.1.0.1").city == "London"
    geo.close()
