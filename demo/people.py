"""The audience: invented people, each with an address and a player of their own, who come back.

What the players call themselves is what real ones send.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from demo.places import City, documentation_address, some_city

Agents = Sequence[tuple[str, int]]
"""What a player calls itself, and how common it is."""

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"  # noqa: E501
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
EDGE = f"{CHROME} Edg/141.0.0.0"
TIZEN = "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/6.0 Chrome/108.0.0.0 TV Safari/537.36"  # noqa: E501
WEBOS = "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 WebAppManager"  # noqa: E501
MAG = "Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG254 stbapp ver: 4 rev: 2721 Safari/533.3"  # noqa: E501
SPEAKER = "Mozilla/5.0 (Fuchsia) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 CrKey/1.56.500000 DeviceType/SmartSpeaker"  # noqa: E501
APPLE_TV = "AppleCoreMedia/1.0.0.22L572 (Apple TV; U; CPU OS 18_6 like Mac OS X; en_us)"
IPHONE_MEDIA = "AppleCoreMedia/1.0.0.22G86 (iPhone; U; CPU OS 18_6 like Mac OS X; en_gb)"

RADIO: Agents = (
    (CHROME, 20),
    (SAFARI, 15),
    (FIREFOX, 6),
    (EDGE, 4),
    (IPHONE_MEDIA, 10),
    ("VLC/3.0.21 LibVLC/3.0.21", 11),
    ("Dalvik/2.1.0 (Linux; U; Android 16; Pixel 9 Build/BP2A.250605.031)", 6),
    ("Asteroid/4.2 (Linux;Android 15) AndroidXMedia3/1.6.1", 8),
    ("TuneIn Radio/34.2; Android 15", 6),
    ("radio.net 5.9.1 (iPhone; iOS 18.6; Scale/3.00)", 3),
    ("Linux UPnP/1.0 Sonos/83.1-61210 (ZPS27)", 5),
    ("AlexaMediaPlayer/2.1.4676.0 (Linux;Android 7.1.2) ExoPlayerLib/1.5.9", 6),
    (SPEAKER, 3),
    ("foobar2000/2.24", 4),
    ("WinampMPEG/5.9, Ultravox/2.1", 3),
    ("iTunes/12.13.7 (Macintosh; OS X 15.6) AppleWebKit/620.1.16", 2),
    ("Squeezebox, Logitech Media Server/9.0.2/1729060437", 2),
    ("Roku/DVP-14.6 (14.6.4.5512-C2)", 2),
    ("Kodi/21.2 (Linux; Android 12.0; AFTKRT Build/RS8115) Android/12.0.0 Sys_CPU/armv7l App_Bitness/32", 2),
    (MAG, 2),
    ("Lavf/61.7.100", 1),
    ("-", 1),
    # Who is no person and must be in no figure:
    ("Icecast 2.4.4", 2),
    ("UptimeRobot/2.0; http://www.uptimerobot.com/", 1),
    ("curl/8.14.1", 1),
)

BY_PROTOCOL: dict[str, Agents] = {
    "hls": ((SAFARI, 8), (IPHONE_MEDIA, 10), (APPLE_TV, 4),
            (MAG, 4), (WEBOS, 3), ("Roku/DVP-14.6 (14.6.4.5512-C2)", 3)),
    "dash": ((CHROME, 8), (TIZEN, 4), ("Asteroid/4.2 (Linux;Android 15) AndroidXMedia3/1.6.1", 8)),
    "m4s": ((CHROME, 6), (FIREFOX, 3), (EDGE, 2)),
    "webrtc": ((CHROME, 5), (EDGE, 1)),
    "rtmp": (("VLC/3.0.21 LibVLC/3.0.21", 4), ("Flussonic 24.10", 1)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One listener: where they connect from and what with."""

    address: str
    agent: str
    country: str = ""


def invent(count: int, dice: random.Random) -> list[Person]:
    """Return `count` people with different addresses within 127.0.0.0/8, who listen to the radio."""
    agents, weights = zip(*RADIO, strict=True)
    hosts = dice.sample(range(1 << 16, (1 << 24) - 2), count)  # from 127.1.0.0 on: 127.0.0.1 is everybody's
    return [Person(_loopback(host), dice.choices(agents, weights)[0]) for host in hosts]


def invent_viewers(count: int, cities: Sequence[City], protocol: str, dice: random.Random) -> list[Person]:
    """Return `count` people in `cities`, with documentation addresses and players of a protocol."""
    agents, weights = zip(*BY_PROTOCOL[protocol], strict=True)
    homes = [some_city(dice, cities) for _ in range(count)]
    return [Person(documentation_address(city, dice), dice.choices(agents, weights)[0], city.country) for city in homes]


def _loopback(host: int) -> str:
    return f"127.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"
