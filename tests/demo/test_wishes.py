import random
from collections import Counter

from demo.library import Item
from demo.wishes import OnAir, answer, invent_caller


def song(number: int, artist: str = "") -> Item:
    return Item(number, "S", artist or f"Artist {number}", f"Title {number}", 200_000)


def codes(wanted: Item, *, played=(), queued=(), wished=()) -> set[int]:
    """What a request is answered with, time and again."""
    return {answer(wanted, OnAir(played, queued, wished), random.Random(number)) for number in range(200)}


def test_every_refusal_has_its_reason():
    wanted, others = song(1, "A"), [song(number) for number in range(10, 15)]
    same_artist = song(2, "A")
    assert codes(wanted) == {200, 804}
    assert codes(wanted, played=[wanted, *others]) == {601, 804}
    assert codes(wanted, played=[*others, wanted]) == {609, 804}
    assert codes(wanted, played=[*others, same_artist]) == {602, 804}
    assert codes(wanted, played=[same_artist, *others]) == {200, 804}
    assert codes(wanted, queued=[wanted]) == {603, 804}
    assert codes(wanted, queued=[same_artist]) == {604, 804}
    assert codes(wanted, queued=[wanted], wished=[wanted]) == {605, 804}
    assert codes(wanted, queued=[same_artist], wished=[same_artist]) == {606, 804}


def test_an_artist_without_a_name_is_no_artist():
    nameless = [Item(number, "S", "", "-", 1000) for number in (1, 2)]
    assert codes(nameless[0], queued=[nameless[1]]) == {200, 804}


def test_few_people_ask_often():
    dice = random.Random(2)
    asked = Counter(invent_caller(dice).host for _ in range(2000))
    assert asked.most_common(1)[0][1] > 3 * 2000 / len(asked)
    assert len(asked) > 50
