"""Who listens: addresses, where those are, agents, and what each must be taken for."""

import random
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from tests import mmdb


@dataclass(frozen=True, slots=True)
class Agent:
    """What a player calls itself, the class it belongs to, and whether a person listens with it."""

    text: str | None
    player_class: str
    person: bool = True


CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"

PLAYERS = (
    Agent("VLC/3.0.18 LibVLC/3.0.18", "desktop"),
    Agent("foobar2000/2.1", "desktop"),
    Agent(f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop"),
    Agent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0", "desktop"),
    Agent(f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {CHROME} Mobile Safari/537.36", "android"),
    Agent("RadioDroid2/0.86", "android"),
    Agent("AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; de_de)", "ios"),
    Agent("AppleCoreMedia/1.0.0.21F90 (iPad; U; CPU OS 17_5_1 like Mac OS X; en_us)", "ios"),
    Agent("Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) TV Safari/537.36", "tv"),
    Agent(
        "Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG254 stbapp Safari/533.3", "stb"
    ),
    Agent("Linux UPnP/1.0 Sonos/83.1-61240 (ZPS38)", "other"),
    Agent("An unheard-of player ☂ 7.3", "other"),
    Agent(None, "other"),  # a sender that leaves the field out
    Agent("-", "other"),  # and one that writes a dash: the same listener
)

MACHINES = (
    Agent("Icecast 2.4.4", "streaming_server", person=False),
    Agent("Liquidsoap/2.2.5 (Unix; OCaml 4.14.1)", "streaming_server", person=False),
    Agent("UptimeRobot/2.0", "other", person=False),
    Agent("curl/8.5.0", "other", person=False),
)


@dataclass(frozen=True, slots=True)
class Network:
    """A stretch of addresses: the country of whoever is there, and the city that the database has.

    `told` = the country as the server that sends the event names it, for addresses that the database does not hold.
    """

    prefix: str
    country: str
    city: tuple[str, float, float] | None = None
    told: str | None = None

    def address(self, number: int, host: int = 0) -> str:
        """The address of a household; `host` = which of its devices, where a household has many addresses (IPv6)."""
        first, bits = self.prefix.split("/")
        start, step = ip_address(first), 0 if ":" in first else 1
        if step:
            return str(start + number % (1 << (32 - int(bits))))
        return str(IPv6Address(int(start) + (number % 0xFFFF << 64) + host + 1))


# RFC 2544's 198.18.0.0/15 is for measurements, 2001:db8::/32 for documentation: nobody listens from there.
WORLD = (
    Network("198.18.0.0/18", "DE", ("Berlin", 52.52, 13.4)),
    Network("198.18.64.0/18", "US", ("New York", 40.71, -74.01)),
    Network("198.18.128.0/18", "GB", ("London", 51.51, -0.13)),
    Network("198.18.192.0/18", "US", ("Boston", 42.36, -71.06)),
    Network("198.19.0.0/18", "IN", ("Pune", 18.52, 73.86)),
    Network("2001:db8:1::/48", "DE", ("Hamburg", 53.55, 9.99)),
    Network("2001:db8:2::/48", "JP", ("Osaka", 34.69, 135.5)),
    Network("203.0.113.0/24", "AU", told="au"),
    Network("198.51.100.0/24", "BR", told="BR"),
    Network("192.0.2.0/24", "unknown"),
    Network("10.20.0.0/16", "private"),
)

# On Linux every address of 127.0.0.0/8 is ours to connect from.
HERE = (
    Network("127.10.0.0/16", "DE", ("Berlin", 52.52, 13.4)),
    Network("127.20.0.0/16", "US", ("New York", 40.71, -74.01)),
    Network("127.30.0.0/16", "GB", ("London", 51.51, -0.13)),
    Network("127.40.0.0/16", "IN", ("Pune", 18.52, 73.86)),
    Network("127.50.0.0/16", "private"),
)


def geoip(path: Path, networks: tuple[Network, ...]) -> Path:
    """A database that knows these networks."""
    return mmdb.write(path, {net.prefix: mmdb.city(net.country, *net.city) for net in networks if net.city})


@dataclass(frozen=True, slots=True)
class Person:
    """A household and what it listens with."""

    network: Network
    number: int
    agent: Agent

    def address(self, dice: random.Random) -> str:
        """Where the person is this time: of an IPv6 household any address, of IPv4 now and then written as IPv6."""
        address = self.network.address(self.number, dice.getrandbits(60))
        return f"::ffff:{address}" if ":" not in address and dice.random() < 0.05 else address


def listener(address: str, agent: str | None) -> tuple[str, str]:
    """What makes two sessions those of one listener: the address (of IPv6 the /64) and the agent, if there is one."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64)
    return str(parsed), "" if agent in (None, "", "-") else str(agent)
