import random

import pytest

from demo.people import BY_PROTOCOL, RADIO, invent, invent_viewers
from demo.places import CITIES
from exporter.audience.players import OTHER, Players

PLAYERS = Players()


def test_people_have_addresses_of_their_own_on_loopback():
    people = invent(300, random.Random(7))
    addresses = [person.address for person in people]
    assert len(set(addresses)) == 300
    assert "127.0.0.1" not in addresses
    assert all(address.startswith("127.") and address.count(".") == 3 for address in addresses)
    assert len({person.agent for person in people}) > 15


def test_the_exporter_knows_every_player():
    agents = [agent for agents in (RADIO, *BY_PROTOCOL.values()) for agent, _ in agents]
    known = [PLAYERS.of(agent) for agent in agents]
    assert OTHER not in known
    assert {player.device for player in known if player.person} == {"android", "ios", "tv", "stb", "desktop", "other"}


def test_some_are_no_people():
    nobody = {PLAYERS.of(agent).name for agent, _ in RADIO if not PLAYERS.of(agent).person}
    assert nobody == {"Icecast", "Uptime monitor", "curl"}
    share = sum(weight for agent, weight in RADIO if not PLAYERS.of(agent).person) / sum(weight for _, weight in RADIO)
    assert share < 0.05


@pytest.mark.parametrize("protocol", BY_PROTOCOL)
def test_viewers_live_where_they_are_wanted(protocol):
    dublin = [city for city in CITIES if city.name == "Dublin"]
    people = invent_viewers(40, dublin, protocol, random.Random(2))
    assert {person.country for person in people} == {"IE"}
    assert {person.agent for person in people} <= {agent for agent, _ in BY_PROTOCOL[protocol]}
