import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.audience.players import LONGEST_AGENT, OTHER, Player, Players
from exporter.errors import ConfigError
from tests.audience.agents import BOTS_AND_RELAYS, PERSONS

PLAYERS = Players()
DEVICES = {"android", "ios", "tv", "stb", "streaming_server", "desktop", "other"}


@pytest.mark.parametrize(("agent", "name", "device"), PERSONS)
def test_a_person_listens(agent: str, name: str, device: str) -> None:
    assert PLAYERS.of(agent) == Player(name, device, person=True)


@pytest.mark.parametrize(("agent", "name", "device"), BOTS_AND_RELAYS)
def test_nobody_listens(agent: str, name: str, device: str) -> None:
    assert PLAYERS.of(agent) == Player(name, device, person=False)


def test_every_player_stands_in_a_table() -> None:
    assert PLAYERS.names() == {name for _, name, _ in PERSONS + BOTS_AND_RELAYS}


@pytest.mark.parametrize("agent", [agent for agent, _, _ in PERSONS + BOTS_AND_RELAYS])
def test_case_and_space_around_do_not_matter(agent: str) -> None:
    assert PLAYERS.of(f" {agent.upper()} ") == PLAYERS.of(agent)


@given(st.text(max_size=2000))
def test_any_agent_has_a_player_with_bounded_names(agent: str) -> None:
    player = PLAYERS.of(agent)
    assert player.name in PLAYERS.names()
    assert player.device in DEVICES
    assert player == PLAYERS.of(agent[:LONGEST_AGENT])


# What would make a backtracking pattern slow: endless repetition of its beginnings.
@given(st.sampled_from(["Mozilla/5.0 (", "a", " ", "chrome/", "((((", "; aft", "\udcff"]), st.integers(1, 100_000))
def test_a_long_agent_is_fast(piece: str, times: int) -> None:
    agent = (piece * times)[:1_000_000]
    began = time.thread_time()
    PLAYERS.of(agent)
    PLAYERS._look_up(agent[:LONGEST_AGENT])  # as if it had never been asked for
    assert time.thread_time() - began < 0.05


def test_only_so_many_agents_are_remembered() -> None:
    players = Players()
    for number in range(9000):
        players.of(f"VLC/{number}")
    assert players._remembered.cache_info().currsize == 8192


GOOD = "devices: [{device: tv, match: [telly]}]\nplayers:\n- {name: One, device: told, otherwise: stb, match: [one, ^two]}\n"


def test_own_rules() -> None:
    players = Players(GOOD)
    assert players.of("One on a Telly") == Player("One", "tv", person=True)
    assert players.of("twofold") == Player("One", "stb", person=True)
    assert players.of("not twofold") == OTHER
    assert players.names() == {"One", "other"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            "{name: A, device: phone, match: [a]}",
            "players[1].device: must be one of told, android, ios, tv, stb, streaming_server, desktop, other",
        ),
        ("{name: A, device: tv}", "players[1]: `match` is missing: it has no default"),
        ("{name: A, device: tv, match: []}", "players[1].match: holds no word: nothing would fit"),
        ("{name: A, device: tv, match: [a, '']}", "players[1].match[1]: '' would fit every agent"),
        ("{name: A, device: tv, match: [^]}", "players[1].match[0]: '^' would fit every agent"),
        ("{name: A, device: tv, match: [a], unless: [b, b]}", "players[1].unless[1]: 'b' is written twice"),
        (
            "{name: A, device: tv, match: [7]}",
            "players[1].match[0]: expected a text, got a whole number: put quotes around it",
        ),
        ("{name: '', device: tv, match: [a]}", "players[1].name: is empty"),
        ("{name: A, device: tv, otherwise: stb, match: [a]}", "players[1].otherwise: A: is for `device: told` alone"),
        ("{name: A, device: tv, match: [a], also: ['']}", "players[1].also[0]: '' would fit every agent"),
        (
            "{name: A, device: tv, match: [a], bot: true}",
            "players[1].bot: unknown key; allowed here: name, device, match, also, unless, otherwise, kind",
        ),
        ("{name: A, device: tv, match: [a], kind: robot}", "players[1].kind: must be one of player, relay, bot"),
    ],
)
def test_a_wrong_rule_is_named(rule: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Players(f"{GOOD}- {rule}\n")
    assert str(caught.value) == f"players.yaml:4: {said}"


def test_a_wrong_device_rule_is_named() -> None:
    with pytest.raises(ConfigError, match=r"players\.yaml:1: devices\[0\]\.match: holds no word"):
        Players("devices: [{device: tv, match: []}]\nplayers: []\n")
