import random
from collections import Counter
from itertools import islice, pairwise

from demo.library import CATEGORIES, as_stored, library
from demo.titles import LIBRARY
from demo.wheel import APART, HOUR, Wheel
from exporter.sam.reading import SONGTYPES

ITEMS = library()


def test_the_library_is_the_same_at_every_start():
    assert library() == ITEMS
    assert [item.song_id for item in ITEMS] == list(range(1, len(ITEMS) + 1))


def test_it_holds_the_titles_that_broke_exporters_as_they_are_announced():
    assert [item.announced for item in ITEMS[: len(LIBRARY)]] == list(LIBRARY)


def test_it_holds_some_of_everything():
    types = Counter(item.songtype for item in ITEMS)
    assert types["S"] >= 300
    assert set(types) <= set(SONGTYPES)
    assert {"I", "J", "P", "A", "N"} <= set(types)
    assert {name for item in ITEMS for name in item.categories} == set(CATEGORIES)
    songs = [item for item in ITEMS if item.songtype == "S"]
    assert min(item.appeal for item in songs) < -0.05 < 0.05 < max(item.appeal for item in songs)
    assert any(not item.genre for item in songs)
    assert any(not item.available for item in songs)


def test_what_latin1_cannot_hold_is_stored_as_garbled_utf_8():
    cyrillic = next(item for item in ITEMS if item.artist == "Сирена и Кометы")
    stored = as_stored(cyrillic, cyrillic.artist)
    assert stored.startswith("Ð¡")
    assert b"".join(_byte(letter) for letter in stored).decode() == cyrillic.artist


def test_some_texts_are_latin1_and_some_garbled_without_need():
    accented = [item for item in ITEMS if item.songtype == "S" and any(letter in item.artist for letter in "äöüåøéí")]
    assert {as_stored(item, item.artist) == item.artist for item in accented} == {True, False}


def test_the_wheel_turns_with_rests():
    chosen = list(islice(Wheel(ITEMS, random.Random(1)).run(), len(HOUR) * 30))
    songs = [item for item in chosen if item.songtype == "S"]
    assert all(item.available and item.weight for item in chosen)
    for place, item in enumerate(songs):
        assert item not in songs[max(0, place - APART) : place]
    assert not any(one.artist and one.artist == other.artist for one, other in pairwise(songs))
    assert {item.songtype for item in chosen} >= {"S", "I", "J", "P", "A", "N"}


def _byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin1")
