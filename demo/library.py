"""The playout's library: some hundred invented songs, and what a station plays between them.

It is the same at every start, so that a song keeps its number. Nothing of it exists outside the demo.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from demo.titles import LIBRARY

SEED = 1979
SONGS = 320
HOT, NEVER = 24, 30  # songs in heavy rotation, and songs that nobody has played yet
DIVISIVE = 0.12  # the share of listeners that one song in six wins or loses

FIRST = ("Velvet", "Copper", "Northern", "Paper", "Silent", "Electric", "Marble", "Wandering", "Golden", "Tin")
SECOND = ("Meridian", "Lighthouse", "Foxes", "Satellites", "Harbour", "Engines", "Orchard", "Pilots", "Rivers", "Choir")
PEOPLE = ("Ada Ferrow", "Bruno Vantablack", "Ilse Kornblum", "Tomás Quintero", "Maren Åsgård", "Jean-Noël Tréguier")
VERB = ("Waiting for", "Leaving", "Dreaming of", "Back to", "Under", "Dancing with", "Letters from", "Almost", "Beyond")
NOUN = (
    "the Tram", "Midnight", "Saturn", "the Ferry", "Neon", "the Old Town", "August", "Gravity", "Rain", "the Antennas",
    "Blue Hour", "Tomorrow", "the Comet", "Static", "Home", "the Milky Way", "Sleep", "the Last Train", "Snow", "Amber",
)  # fmt: skip
GENRES = ("Pop", "Rock", "Electronic", "Soul", "Folk", "Jazz", "Ambient", "")
LABELS = ("Perihelion Records", "Dock 9 Music", "Småland Fonogram", "")

BETWEEN = (
    ("I", ("You are listening to Asteroid Radio", "Asteroid Radio, out there", "Asteroid Radio, überall"), (4, 8)),
    ("J", tuple(f"Jingle {name}" for name in ("Orbit", "Comet tail", "Short", "Night", "Weather")), (3, 12)),
    ("P", ("Tonight: the Night Porters live", "Request show on Friday", "Asteroid Radio's app"), (20, 40)),
    ("A", tuple(f"Advertisement {name}" for name in ("Quill Coffee", "Dock 9 Bikes", "Kornblum Books", "Café Ünal")),
     (15, 30)),
    ("N", ("News on the hour", "News in brief"), (90, 180)),
    ("V", ("Marta Quill in conversation",), (400, 600)),
    ("X", ("Applause", "Vinyl crackle"), (2, 5)),
    ("C", ("untitled recording 7",), (60, 90)),
)  # fmt: skip
"""What is no song, by type: titles, and seconds from and to."""

CATEGORIES = ("Heavy rotation", "Gold", "Night", "Local artists", "Between songs")


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the library. `duration` in milliseconds; `appeal` = the share of listeners it wins, or loses (< 0).

    `weight` = how often it is chosen, beside 1; `utf8` = whoever tagged it wrote UTF-8 into latin1.
    """

    song_id: int
    songtype: str
    artist: str
    title: str
    duration: int
    album: str = ""
    year: str = ""
    genre: str = ""
    label: str = ""
    isrc: str = ""
    appeal: float = 0.0
    weight: float = 1.0
    utf8: bool = False
    available: bool = True
    categories: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """Where SAM would find it."""
        return f"D:\\Music\\{self.songtype}\\{self.song_id:05d}.mp3"

    @property
    def announced(self) -> str:
        """What Icecast is told."""
        return f"{self.artist} - {self.title}" if self.artist else self.title


def library() -> list[Item]:
    """Return the whole library: songs first, song_id from 1 on without a gap."""
    dice = random.Random(SEED)
    names = [*(_split(title) for title in LIBRARY), *_invented(dice, SONGS - len(LIBRARY))]
    songs = [_song(number, artist, title, dice) for number, (artist, title) in enumerate(names, start=1)]
    return [*songs, *_between(len(songs), dice)]


def as_stored(item: Item, text: str) -> str:
    """Return what SAM's latin1 column holds of a text: as it is, or its UTF-8 bytes read as latin1."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return _garbled(text)
    return _garbled(text) if item.utf8 else text


def _garbled(text: str) -> str:
    # MySQL's latin1 is cp1252, with control characters in the five places that cp1252 leaves free.
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


def _split(title: str) -> tuple[str, str]:
    artist, dash, name = title.partition(" - ")
    return (artist, name) if dash else ("", title)


def _invented(dice: random.Random, count: int) -> list[tuple[str, str]]:
    artists = [f"The {first} {second}" for first in FIRST for second in SECOND if dice.random() < 0.6] + [*PEOPLE]
    titles = [f"{verb} {noun}" for verb in VERB for noun in NOUN]
    drawn = dict.fromkeys((dice.choice(artists), dice.choice(titles)) for _ in range(count * 2))
    return list(drawn)[:count]


def _song(number: int, artist: str, title: str, dice: random.Random) -> Item:
    hot, never = number <= HOT, number > SONGS - NEVER
    divides = number % 6 == 0
    return Item(
        number,
        "S",
        artist,
        title,
        dice.randrange(140_000, 330_000),
        album="" if dice.random() < 0.2 else f"{title} and Other Songs",
        year=str(dice.randrange(1968, 2026)),
        genre=dice.choice(GENRES),
        label=dice.choice(LABELS),
        isrc=f"XX-DEM-{dice.randrange(10, 26)}-{number:05d}",
        appeal=DIVISIVE * dice.choice((-1, 1)) * dice.uniform(0.5, 1) if divides else dice.uniform(-0.02, 0.02),
        weight=0 if never else 8 if hot else dice.uniform(0.3, 2),
        utf8=number % 2 == 1,
        available=number % 40 != 0 or hot,
        categories=_categories(hot=hot, dice=dice),
    )


def _categories(*, hot: bool, dice: random.Random) -> tuple[str, ...]:
    more = tuple(name for name in ("Gold", "Night", "Local artists") if dice.random() < 0.25)
    return ("Heavy rotation", *more) if hot else more


def _between(number: int, dice: random.Random) -> Iterator[Item]:
    for songtype, titles, (least, most) in BETWEEN:
        for title in titles:
            number += 1
            duration = dice.randrange(least * 1000, most * 1000)
            yield Item(number, songtype, "", title, duration, categories=("Between songs",))
