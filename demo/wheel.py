"""What comes next: the hour's clock of types, and a song that was not on just now."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate

from demo.library import Item

HOUR = "NSSJSSISSAAPSSJSSSISSSAASSJSSISSPSSXSJSS"
"""An hour's order of types: after some songs a jingle, a station ID or a block of advertisements."""

RARE = (("V", 0.004), ("C", 0.002))
"""What comes instead of a song now and then."""

APART, ARTISTS_APART = 30, 6
"""So many songs lie between a song and itself, and between two songs of one artist."""


class Wheel:
    """Chooses items for ever."""

    def __init__(self, items: Sequence[Item], dice: random.Random) -> None:
        self._dice = dice
        self._items = {
            songtype: [item for item in items if item.songtype == songtype and item.available and item.weight]
            for songtype in {item.songtype for item in items}
        }
        self._weights = list(accumulate(item.weight for item in self._items["S"]))
        self._songs: deque[int] = deque(maxlen=APART)
        self._artists: deque[str] = deque(maxlen=ARTISTS_APART)

    def run(self, start: int = 0) -> Iterator[Item]:
        """Yield items for ever, from a place of the hour on."""
        while True:
            for songtype in HOUR[start:]:
                yield self.choose(self._instead() if songtype == "S" else songtype)
            start = 0

    def choose(self, songtype: str) -> Item:
        """Return one of a type; a song that is rested."""
        items = self._items[songtype]
        if songtype != "S":
            return self._dice.choice(items)
        while not self._rested(item := self._dice.choices(items, cum_weights=self._weights)[0]):
            continue
        self.note(item)
        return item

    def note(self, item: Item) -> None:
        """Have an item rest that was chosen elsewhere."""
        self._songs.append(item.song_id)
        if item.artist:
            self._artists.append(item.artist)

    def _rested(self, item: Item) -> bool:
        return item.song_id not in self._songs and item.artist not in self._artists

    def _instead(self) -> str:
        return next((songtype for songtype, share in RARE if self._dice.random() < share), "S")
