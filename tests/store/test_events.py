"""The event log's table: what is searched for is what looking at every event finds; keys are the order of time."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, func, select

from exporter.event import CATEGORIES, LEVELS, Event
from exporter.store import event_find, event_index, event_text, events
from exporter.store.database import Database
from exporter.store.event_find import Wanted
from exporter.store.event_text import Term
from exporter.store.events import PER_MILLISECOND, Kept
from exporter.store.retention import clear_before
from exporter.store.schema import event as table
from tests.events.happenings import NOW, at_random, event
from tests.store.stores import KINDS, store, url_of

QUERIES = (
    "", "haus", "HÄUSER a1", "haus*", "the", "th*", "li*", "live mp3", "of x", "a", "a*", "12e5", "007", "deck underrun",
    "fine abc", "東京*", "OR NOT", "live.mp3*", "underrun A", "nowhere", "icecast main", "underru* icecas*", "достопримечательностях", "достопримечательность", "достоприм*", "nothing* everything*", "it's", "mp3-high",
)  # fmt: skip


def added(database: Database, told: list[tuple[Event, bool]]) -> list[Kept]:
    return database.write_now(lambda c: events.add(c, told))


def found(database: Database, wanted: Wanted, limit: int = 100, offset: int = 0) -> list[Kept]:
    return database.read_now(lambda c: event_find.find(c, wanted, limit, offset))


def looked_at(kept: list[Kept], wanted: Wanted) -> list[Kept]:
    """What every event says, one after the other."""
    return sorted(
        (
            one
            for one in kept
            if wanted.since <= one.event.at < wanted.until
            and (not wanted.levels or one.event.level in wanted.levels)
            and (not wanted.categories or one.event.category in wanted.categories)
            and _says(one.event, wanted.text)
        ),
        key=lambda one: -one.id,
    )


def _says(one: Event, asked: str) -> bool:
    texts = [one.event, one.message, one.source, one.deck or "", one.encoder_id or ""]
    texts += [value for value in one.metadata.values() if isinstance(value, str)]
    there = {word for text in texts for word in event_text.words(text)}
    for piece in asked.split():
        *whole, last = [*event_text.words(piece)] or [""]
        starts = piece.endswith("*")
        if not set(whole) <= there or not any(word == last or (starts and word.startswith(last)) for word in there):
            return not last
    return True


def test_long_beginnings_are_found_wherever_they_are(tmp_path: Path, request, monkeypatch) -> None:
    """Among the newest, and beyond those that are looked at one by one."""
    monkeypatch.setattr(event_find, "LOOKED_AT", 20)
    texts = ["listeners", "listing", "listen", "other"]
    with store(url_of("sqlite", tmp_path, request)) as database:
        kept = added(
            database, [(event(NOW - 100 + n, message=f"{texts[n * n % 7 % 4]} {n}"), False) for n in range(100)]
        )
        for text in ("listen*", "listene*", "listin*", "other* listen*", "listening*", "other 3*"):
            for limit, offset in ((1, 0), (5, 0), (5, 3), (100, 0), (50, 40)):
                wanted = Wanted(NOW - 90, NOW, text=text)
                assert found(database, wanted, limit, offset) == looked_at(kept, wanted)[offset : offset + limit]


@pytest.mark.parametrize("bounds", [(10_000, 20), (40, 3), (10, 0)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_search_finds_what_looking_at_every_event_finds(
    kind: str, bounds: tuple[int, int], tmp_path: Path, request, monkeypatch
) -> None:
    """Those that are looked at one by one, those that the index finds by its rare words, and by all of them."""
    number, rare = bounds
    monkeypatch.setattr(event_find, "LOOKED_AT", number)
    monkeypatch.setattr(event_find, "LOOKED_AT_APART", number // 2)
    monkeypatch.setattr(event_find, "SAMPLE", max(number // 10, 1))
    monkeypatch.setattr(event_find, "RARE", rare)
    dice = Random(20)
    with store(url_of(kind, tmp_path, request)) as database:
        kept = added(database, [(at_random(dice, 3000), False) for _ in range(2000)])
        several = 0
        for text in QUERIES * 8:
            wanted = Wanted(
                NOW - dice.randrange(2000, 4000),
                NOW - dice.randrange(500),
                tuple(dice.sample(LEVELS, dice.choice([0, 0, 1, 2, 5]))),
                tuple(dice.sample(CATEGORIES, dice.choice([0, 0, 1, 3]))),
                text,
            )
            limit, offset = dice.choice([1, 10, 100]), dice.choice([0, 0, 3, 30])
            there = looked_at(kept, wanted)[offset : offset + limit]
            assert found(database, wanted, limit, offset) == there, wanted
            several += len(there) > 1
    assert several > 50, "most searches find something"


RARELY: list[tuple[str, tuple[str, ...], int | None, list[list[str]]]] = [
    ("common", (), 999, []),  # the newest fill the page
    ("common rare", (), 7, [["zqrare"]]),  # it would gather everything that has the common one
    ("lat* other", (), None, [["zqother"]]),
    ("early", (), 499, []),  # in half of the log, though not of late
    ("calm", ("error",), None, []),  # which no error is, but everything else
    ("nowhere", (), None, [["zqnowhere"]]),
]
"""Of a search: its text, its levels, the number of the newest that fits, and the words that the index is asked for."""


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_index_of_a_server_is_asked_for_what_is_rare(kind: str, tmp_path: Path, request, monkeypatch) -> None:
    for name, value in {"LOOKED_AT": 100, "LOOKED_AT_APART": 50, "SAMPLE": 10, "RARE": 5}.items():
        monkeypatch.setattr(event_find, name, value)
    condition, indexed = event_index.condition, list[list[str]]()

    def noted(terms: list[Term], dialect: str) -> ColumnElement[bool]:
        indexed.append([term.word for term in terms])
        return condition(terms, dialect)

    monkeypatch.setattr(event_index, "condition", noted)
    told = []
    for n in range(1000):
        words = [str(n), "common", "early" if n < 500 else "late", "calm" * (n % 10 > 0), "rare" * (n in {5, 6, 7})]
        told.append((event(NOW + n, message=" ".join(words), level="info" if n % 10 else "error"), False))
    with store(url_of(kind, tmp_path, request)) as database:
        added(database, told)
        for text, levels, newest, asked in RARELY:
            indexed.clear()
            there = found(database, Wanted(0, NOW + 2000, levels, text=text), 10)
            assert ([one.event.at - NOW for one in there][:1], indexed) == ([newest] if newest else [], asked), text


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Callable[[str], list[Kept]]:
    database = Database(url_of("sqlite", tmp_path_factory.mktemp("few"), None))
    with store(database._url) as opened:
        added(opened, [(event(message="one two"), False), (event(message="three"), False)])
    return lambda text: found(database, Wanted(0, NOW + 1, text=text))


@settings(max_examples=200)
@given(st.text(max_size=60) | st.text("\"*()^:{}+-%_\\' aANDORNOTEar\0", max_size=30))
def test_any_text_has_an_answer(few: Callable[[str], list[Kept]], text: str) -> None:
    few(text)


@pytest.mark.parametrize(
    "text", ['"', "one AND", "NEAR(one two)", "words:one", "^one", "-three", "one OR three", "'; DROP TABLE event"]
)
def test_no_text_is_a_command(few: Callable[[str], list[Kept]], text: str) -> None:
    words = set(event_text.words(text))
    there = [{"three"}, {"one", "two"}]
    assert [set(one.event.message.split()) for one in few(text)] == [some for some in there if words and words <= some]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_the_order_of_time_and_of_coming(kind: str, tmp_path: Path, request) -> None:
    with store(url_of(kind, tmp_path, request)) as database:
        first = added(database, [(event(NOW), False), (event(NOW + 5), False), (event(NOW), False)])
        late = added(database, [(event(NOW - 90_000), False), (event(NOW + 5, message="2"), False)])
        assert [one.id - NOW * PER_MILLISECOND for one in first] == [0, 5 * 1024, 1]
        assert [one.id - NOW * PER_MILLISECOND for one in late] == [-90_000 * 1024, 5 * 1024 + 1]
        order = [one.id for one in found(database, Wanted(0, NOW + 10))]
        assert order == sorted((one.id for one in first + late), reverse=True)
        assert max(order) < 2**53


def test_a_millisecond_with_thousands(tmp_path: Path, request) -> None:
    """An engine pushes what it had kept, all under one time. It takes no longer for that."""
    many = [(event(message=f"number {number}"), True) for number in range(3000)]
    with store(url_of("sqlite", tmp_path, request)) as database:
        began = time.monotonic()
        kept = [one for start in range(0, 3000, 500) for one in added(database, many[start : start + 500])]
        assert time.monotonic() - began < 10
        assert [one.id for one in kept] == list(range(NOW * 1024, NOW * 1024 + 3000))
        assert [one.event.message for one in found(database, Wanted(NOW, NOW + 3), 3000)][::-1] == [
            one.message for one, _ in many
        ]
        assert [added(database, many[start : start + 500]) for start in range(0, 3000, 500)] == [[]] * 6  # sent again
        (later,) = added(database, [(event(NOW + 1, message="later"), False)])
        assert later.id == NOW * 1024 + 3000


@pytest.mark.parametrize("kind", KINDS)
def test_the_very_same_event_is_there_once_if_it_is_to_be(kind: str, tmp_path: Path, request) -> None:
    whole = event(deck="A", song_id=7, encoder_id="e", metadata={"a": 1.5, "b": "ü", "c": None, "d": True})
    with store(url_of(kind, tmp_path, request)) as database:
        assert len(added(database, [(whole, True), (whole, True)])) == 1
        assert added(database, [(whole, True)]) == []
        assert len(added(database, [(whole, False), (event(NOW + 1, deck="A"), True)])) == 2
        assert [one.event for one in found(database, Wanted(NOW, NOW + 1))] == [whole, whole]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_removed_is_found_no_more(kind: str, tmp_path: Path, request) -> None:
    with store(url_of(kind, tmp_path, request)) as database:
        added(database, [(event(NOW + number, message=f"word{number % 7} common"), False) for number in range(100)])
        steps = [database.write_now(lambda c: clear_before(NOW + 50, 20, c)) for _ in range(4)]
        assert steps == [20, 20, 10, 0]
        assert len(found(database, Wanted(0, NOW + 1000, text="common"))) == 50
        assert all(one.event.at >= NOW + 50 for one in found(database, Wanted(0, NOW + 1000, text="word3")))
        if kind == "sqlite":
            database.write_now(_whole)


def _whole(connection: Connection) -> None:
    """The index holds what the table holds, says SQLite itself."""
    connection.exec_driver_sql("INSERT INTO event_words (event_words, rank) VALUES ('integrity-check', 1)")
    assert connection.scalar(select(func.count()).select_from(table)) == 50
