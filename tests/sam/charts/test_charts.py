"""The charts, beside a naive count over the rows of the store."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from exporter.sam.charts.charts import Charts, by_digits, by_hour
from exporter.sam.charts.ranking import Named, Place, both_ends, first, first_songs, named
from exporter.sam.charts.windows import WINDOWS
from exporter.sam.log.outcomes import REFUSALS
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import RequestLog
from exporter.store.database import Database
from tests.sam.rows import CONFIG, aired, asked, clock, programme, song
from tests.store.stores import KINDS, store, url_of

BERLIN = ZoneInfo("Europe/Berlin")
START = clock("2026-10-13 12:00")
NOW = round(datetime(2026, 10, 26, 12, tzinfo=BERLIN).timestamp() * 1000)
DAY = 86_400_000
TOP = CONFIG.charts.top

counts = st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=20)


@given(counts, st.integers(1, 8))
def test_a_chart_has_the_most_first_and_equals_by_name(found: dict[str, int], top: int) -> None:
    left, naive = dict(found), []
    while left and len(naive) < top:
        most = max(left.values())
        name = min(name for name, number in left.items() if number == most)
        naive.append(Place(name, left.pop(name)))
    assert first(found, top) == tuple(naive)


@given(st.dictionaries(st.integers(1, 40).map(Named), st.integers(-5, 5).map(float), max_size=20), st.integers(1, 8))
def test_both_ends_have_nothing_in_common(values: dict[Named, float], top: int) -> None:
    best, worst = both_ends(values, top)
    assert best == first_songs(values, top)
    assert len(best) + len(worst) == min(len(values), 2 * top)
    assert not {song for song, _ in best} & {song for song, _ in worst}
    assert [value for _, value in worst] == sorted(values.values())[: len(worst)]


def test_songs_of_no_library_are_known_by_their_names() -> None:
    assert named(0, "A", "B") != named(0, "A", "C")
    assert named(7, "A", "B") == named(7, "Å", "B")


def test_requesters_with_the_same_digits_are_one_row() -> None:
    requests = [(b"\x01\x02\x03\x04" + bytes(12), 2), (b"\x01\x02\x03\x04" + bytes([9] * 12), 3), (bytes(16), 4)]
    assert by_digits(requests) == {"01020304": 5, "00000000": 4}


def test_the_hours_are_the_stations_when_the_clock_is_changed() -> None:
    hour = 3_600_000
    midnight = round(datetime(2026, 10, 25, tzinfo=BERLIN).timestamp() * 1000)
    assert by_hour([(midnight + n * hour, 1) for n in range(5)], BERLIN) == {"00": 1, "01": 1, "02": 2, "03": 1}
    assert by_hour([(midnight + 1_800_000, 1)], ZoneInfo("Asia/Kolkata")) == {"04": 1}


def hashed(host: str) -> bytes | None:
    return blake2b(host.encode(), digest_size=16).digest()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


async def filled(database: Database) -> None:
    """Two weeks up to now, and beyond, over a change of the clock, and a few rows that lie years back."""
    dice = random.Random(3)
    requests = RequestLog(database, CONFIG, BERLIN, hashed)
    log = PlayLog(database, CONFIG, BERLIN, lambda at: 50 + at // 60_000 % 37 if at % 7 else None, requests)
    await requests.open()
    await log.open()
    old = [
        aired(number, clock("2020-07-01 00:00") + timedelta(days=number * 90), 200, of=song(number))
        for number in range(1, 9)
    ]
    await log.append(old, mark=1)
    for _ in range(2):  # another studio's is not ours
        rows = list(programme(dice, 2000, START))
        await log.append([row for row in rows if row.history_id > 8], mark=1)
        await requests.append([
            asked(number, str(START + timedelta(minutes=18 * number)), dice.choice([200, 200, 0, 601, 801]),
                  dice.choice(["new", "played"]), song_id=dice.randrange(12), host=f"192.0.2.{dice.randrange(30)}")
            for number in range(1, 1200)
        ], NOW)  # fmt: skip
        log = PlayLog(database, type(CONFIG)(name="other", host="h", user="u"), BERLIN, lambda at: None)
        requests = RequestLog(database, type(CONFIG)(name="other", host="h", user="u"), BERLIN, hashed)


async def rows_of(database: Database, sql: str) -> list[Any]:
    return list(await database.read(lambda connection: connection.execute(text(sql)).all()))


async def plays(database: Database, window: str, everything: bool = False) -> list[Any]:
    every = await rows_of(
        database,
        "SELECT * FROM play JOIN song ON song.song_key = play.song_key WHERE play.server = 'studio' ORDER BY history_id",
    )
    days = WINDOWS[window]
    within = [
        r for r in every if days is None or (r.started is not None and NOW - days * DAY <= r.started <= NOW + 60_000)
    ]
    return [row for row in within if everything or row.songtype == "S"]


def minute(at: int) -> int:
    local = datetime.fromtimestamp(at // 1000, BERLIN)
    return local.hour * 60 + local.minute


def level(rows: list[tuple[int, int]], moment: int) -> float | None:
    """Straight from the rule. Rows: minute of the day, and listeners."""
    of_day = minute(moment)
    near = [heard for other, heard in rows if min((other - of_day) % 1440, (of_day - other) % 1440) <= 15]
    return sum(near) / len(near) if near else None


def ranked(counter: dict[Any, float], top: int) -> list[tuple[Any, float]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:top]


CATEGORIES = {number: ("All", f"Category {number % 3}") for number in range(1, 20)}


@pytest.mark.parametrize("window", ["1d", "30d", "all"])
async def test_charts_of_what_was_played(database: Database, window: str) -> None:
    await filled(database)
    found = await Charts(database, CONFIG, BERLIN).window(window, NOW, CATEGORIES)
    rows = await plays(database, window)
    assert len(rows) > 20
    assert (found.window, found.at) == (window, NOW)
    by_song = Counter((row.song_id, "", "") if row.song_id else (0, row.artist, row.title) for row in rows)
    assert [(place.song_id, place.value) for place in found.songs] == [
        (song[0], number) for song, number in ranked(by_song, TOP)
    ]
    newest = {row.song_id: row.title for row in sorted(rows, key=lambda row: row.started or 0)}
    assert all(place.title == newest[place.song_id] for place in found.songs if place.song_id)
    by_artist = Counter(row.artist for row in rows if row.artist)
    by_genre = Counter(row.genre or "unknown" for row in rows)
    by_category = Counter(name for row in rows for name in CATEGORIES.get(row.song_id, ()))
    for places, counter in ((found.artists, by_artist), (found.genres, by_genre), (found.categories, by_category)):
        assert [(place.name, place.count) for place in places] == ranked(counter, TOP)


@pytest.mark.parametrize("part", [1, 7, 40])
async def test_a_window_is_read_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    log = PlayLog(database, CONFIG, BERLIN, lambda at: at // 1000 % 50)
    rows = list(programme(random.Random(2), 60, clock("2026-10-26 05:00")))
    same = [aired(number, "2026-10-26 04:00:00", 200, of=song(30)) for number in range(61, 73)]
    await log.append([*rows, *same], mark=1)
    charts = Charts(database, CONFIG, BERLIN)
    whole = [await charts.window(window, NOW, CATEGORIES) for window in ("1d", "all")]
    assert max(place.value for place in whole[0].songs) == 12
    monkeypatch.setattr("exporter.sam.charts.charts.PART", part)
    for found, before in zip(
        [await charts.window(window, NOW, CATEGORIES) for window in ("1d", "all")], whole, strict=True
    ):
        assert [(place.song_id, place.value) for place in found.songs] == [(p.song_id, p.value) for p in before.songs]
        assert [place.value for place in found.keeps] == pytest.approx([place.value for place in before.keeps])


async def test_a_song_that_was_renamed_is_one_song(database: Database) -> None:
    log = PlayLog(database, CONFIG, BERLIN, lambda at: None)
    when = clock("2026-10-26 08:00")
    songs = [song(3, title="Old"), song(3, title="New"), song(3, title="Old"), song(0, title="A"), song(0, title="B")]
    times = [when + timedelta(hours=n) for n in (0, 1, -2, 3, 3)]  # the last play of the old name came earlier
    await log.append([aired(n, t, 200, of=of) for n, (t, of) in enumerate(zip(times, songs, strict=True), 1)], mark=1)
    requests = RequestLog(database, CONFIG, BERLIN, hashed)
    await requests.append([asked(1, "2026-10-26 09:00:00", song_id=3), asked(2, "2026-10-26 09:00:00", song_id=9)], NOW)
    charts = Charts(database, CONFIG, BERLIN)
    found = await charts.window("1d", NOW, {})
    assert [(place.song_id, place.title, place.value) for place in found.songs] == [
        (3, "New", 3),
        (0, "A", 1),
        (0, "B", 1),
    ]
    assert [(place.song_id, place.title, place.value) for place in found.requested] == [(3, "New", 1), (9, "", 1)]
    rotation = await charts.rotation(NOW)
    assert (rotation.songs, rotation.artists) == (3, 2)


@pytest.mark.parametrize("window", ["7d", "all"])
async def test_charts_of_what_was_asked_for(database: Database, window: str) -> None:
    await filled(database)
    found = await Charts(database, CONFIG, BERLIN).window(window, NOW, {})
    days = WINDOWS[window]
    every = await rows_of(database, "SELECT * FROM request WHERE server = 'studio'")
    rows = [row for row in every if days is None or NOW - days * DAY <= row.asked <= NOW + 60_000]
    assert len(rows) > 100
    by_song = Counter(row.song_id for row in rows if row.song_id and row.outcome not in REFUSALS)
    assert [(place.song_id, place.value) for place in found.requested] == ranked(by_song, TOP)
    by_requester = Counter(bytes(row.requester).hex()[:8] for row in rows)
    assert [(place.name, place.count) for place in found.requesters] == ranked(by_requester, 10)
    by_hours = Counter(f"{datetime.fromtimestamp(row.asked / 1000, BERLIN):%H}" for row in rows)
    assert [(place.name, place.count) for place in found.hours] == ranked(by_hours, 24)


@pytest.mark.parametrize("window", ["7d", "all"])
async def test_charts_of_what_keeps_and_loses_listeners(database: Database, window: str) -> None:
    await filled(database)
    found = await Charts(database, CONFIG, BERLIN).window(window, NOW, {})
    every = [
        (minute(row.started), row.listeners_before)
        for row in await plays(database, "all", everything=True)
        if row.started is not None
        and NOW - 28 * DAY <= row.started <= NOW + 60_000
        and row.listeners_before is not None
    ]
    sums: defaultdict[int, list[float]] = defaultdict(lambda: [0, 0, 0])
    for row in await plays(database, window):
        if not row.listeners_before or row.listeners_after is None or row.aired is None:
            continue
        before, after = level(every, row.started), level(every, row.started + row.aired)
        expected = row.listeners_before * (after / before if before and after is not None else 1)
        for place, value in enumerate((1, row.listeners_before, row.listeners_after - expected)):
            sums[row.song_id][place] += value
    ratios = {number: gained / before for number, (heard, before, gained) in sums.items() if heard >= 2}
    in_order = ranked(ratios, 999)
    assert len(in_order) > 2 * TOP
    for places, naive in ((found.keeps, in_order[:TOP]), (found.loses, in_order[: -TOP - 1 : -1])):
        assert [place.song_id for place in places] == [number for number, _ in naive]
        assert [place.value for place in places] == pytest.approx([ratio for _, ratio in naive])


async def test_the_rotation_is_of_a_day(database: Database) -> None:
    await filled(database)
    rows = await plays(database, "1d")
    found = await Charts(database, CONFIG, BERLIN).rotation(NOW)
    assert found.songs == len({(row.song_id, "") if row.song_id else (row.artist, row.title) for row in rows}) > 3
    assert found.artists == len({row.artist for row in rows}) > 1


async def test_an_empty_store_has_empty_charts(database: Database) -> None:
    charts = Charts(database, CONFIG, BERLIN)
    for window in WINDOWS:
        found = await charts.window(window, NOW, {})
        assert not any(
            (found.songs, found.artists, found.genres, found.requested, found.keeps, found.loses, found.hours)
        )
    assert (await charts.rotation(NOW)).songs == 0
