"""The audience: a few hundred invented people, each with an address and a player of their own, who come back."""

import random
from dataclasses import dataclass

# player, how common it is
PLAYERS = (
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", 22),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Safari/604.1", 18),
    ("VLC/3.0.21 LibVLC/3.0.21", 14),
    ("Dalvik/2.1.0 (Linux; U; Android 16; Pixel 9)", 12),
    ("AppleCoreMedia/1.0.0.22B83 (iPhone; U; CPU OS 18_1 like Mac OS X; de_de)", 10),
    ("TuneIn Radio/34.2 (Android 15)", 8),
    ("foobar2000/2.24", 5),
    ("WinampMPEG/5.9", 4),
    ("Sonos/83.1 (ZPS1)", 4),
    ("Kodi/21.1 (Linux; Android 14)", 2),
    ("Lavf/61.7.100", 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One listener: where they connect from (within 127.0.0.0/8) and what with."""

    address: str
    agent: str


def invent(count: int, dice: random.Random) -> list[Person]:
    """Return `count` people with different addresses."""
    agents, weights = zip(*PLAYERS, strict=True)
    hosts = dice.sample(range(1 << 16, (1 << 24) - 2), count)  # from 127.1.0.0 on: 127.0.0.1 is everybody's
    return [Person(_loopback(host), dice.choices(agents, weights)[0]) for host in hosts]


def _loopback(host: int) -> str:
    return f"127.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"
