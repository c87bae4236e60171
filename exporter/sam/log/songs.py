"""Which row of the table `song` a song is: its key, and whether it was written already."""

from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import msgspec

from exporter.sam.reading import Song

REMEMBERED = 50_000
"""Songs whose key is not computed again, and not written again. More than any library on the air."""


class Songs:
    """The songs of one studio."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.key = lru_cache(REMEMBERED)(partial(song_key, server))
        self._written: set[int] = set()

    def fresh(self, songs: dict[int, Song]) -> list[tuple[Any, ...]]:
        """The rows of those, by their key, that may not be there yet."""
        return [(key, self._server, *_columns(song)) for key, song in songs.items() if key not in self._written]

    def written(self, songs: dict[int, Song]) -> None:
        """They are there."""
        if len(self._written) > REMEMBERED:
            self._written.clear()
        self._written.update(songs)


def identity(song: Any) -> int | tuple[str, str]:
    """By what a song, or a row with its columns, is known again whatever the library corrects: its number or names."""
    return song.song_id or (song.artist, song.title)


def song_key(server: str, song: Song) -> int:
    """A signed number of 64 bits for everything that is known of a song."""
    packed = msgspec.msgpack.encode((server, *_columns(song)))
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def _columns(song: Song) -> tuple[int, str, str, str, str, str, str]:
    return song.song_id, song.artist, song.title, song.album, song.genre, song.label, song.isrc
