"""What listeners ask for: outcomes, waits, and nothing of who they are."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, text

from exporter.errors import StoreFailed
from exporter.sam.log.outcomes import OUTCOMES, outcome
from exporter.sam.log.plays import PlayLog
from exporter.sam.log.requests import WAIT_BUCKETS, RequestLog
from exporter.sam.reading import RequestRow
from exporter.store.database import Database
from exporter.store.schema import erasure
from tests.sam.rows import CONFIG, Forgetful, aired, asked, clock
from tests.store.stores import KINDS, store, url_of

BERLIN = ZoneInfo("Europe/Berlin")
NOON = round(datetime(2026, 1, 10, 12, tzinfo=BERLIN).timestamp() * 1000)
HOUR = 3_600_000
HOST = "198.51.100.77"


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with store(url_of(request.param, tmp_path, request)) as found:
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    with store(URL.create("sqlite", database=str(tmp_path / "small.db"))) as found:
        yield found


def hashed(host: str) -> bytes | None:
    return blake2b(host.encode(), digest_size=16).digest() if host else None


async def opened(database: Database) -> RequestLog:
    log = RequestLog(database, CONFIG, BERLIN, hashed)
    await log.open()
    return log


async def plays_of(database: Database, requests: RequestLog | None) -> PlayLog:
    log = PlayLog(database, CONFIG, BERLIN, lambda at: None, requests)
    await log.open()
    return log


async def rows_of(database: Database, sql: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda connection: [tuple(row) for row in connection.execute(text(sql))])


def figures(log: RequestLog) -> tuple[Any, ...]:
    return dict(log.counts), log.pending, log.waits, log.request_id, log.request_mark, log.generation


@pytest.mark.parametrize(
    ("code", "status", "age", "expected"),
    [
        (200, "new", 0, "pending"),
        (200, "pending", HOUR, "pending"),
        (0, "new", HOUR, "pending"),
        (0, "pending", 25 * HOUR, "expired"),
        (200, "", 25 * HOUR, "expired"),
        (200, "new", 24 * HOUR, "pending"),
        (200, "new", None, "expired"),
        (200, "played", 25 * HOUR, "played"),
        (0, "Played ", None, "played"),
        (601, "played", 0, "played"),
        (200, "ignored", 25 * HOUR, "ignored"),
        (0, "ignored", 0, "ignored"),
        (601, "ignored", 0, "song_recently_played"),
        (602, "new", 99 * HOUR, "artist_recently_played"),
        (603, "new", 0, "song_queued"),
        (604, "new", 0, "artist_queued"),
        (605, "new", 0, "song_already_requested"),
        (606, "new", 0, "artist_already_requested"),
        (609, "new", 0, "track_recently_played"),
        (800, "new", 0, "web_script"),
        (899, "new", 0, "web_script"),
        (900, "new", 0, "other_refusal"),
        (607, "new", 0, "other_refusal"),
        (-1, "new", 0, "other_refusal"),
    ],
)
def test_outcomes(code: int, status: str, age: int | None, expected: str) -> None:
    assert outcome(code, status, age, 24 * HOUR) == expected
    assert expected in (*OUTCOMES, "pending")


def a_year(dice: random.Random, number: int) -> list[RequestRow]:
    when, rows = clock("2025-01-10 00:00"), []
    for request_id in range(1, number + 1):
        when += timedelta(minutes=dice.randrange(1, 3000))
        code = dice.choice([200, 200, 200, 0, 601, 602, 603, 604, 605, 606, 609, 801, 700])
        status = dice.choice(["new", "pending", "ignored", "played", "played"]) if code in (0, 200) else "ignored"
        rows.append(
            asked(request_id, str(when), code, status, song_id=dice.randrange(9), host=f"192.0.2.{dice.randrange(9)}")
        )
    return rows


async def test_the_counts_are_those_of_plain_sql_and_of_a_restart(database: Database) -> None:
    rows = a_year(random.Random(1), 400)
    log = await opened(database)
    for start in range(0, 400, 37):
        part = rows[start : start + 37]
        assert await log.append(part, NOON, mark=part[-1].request_id) == len(part)
    found = dict(await rows_of(database, "SELECT outcome, COUNT(*) FROM request GROUP BY outcome"))
    pending = found.pop("pending", 0)
    (taken,) = (await rows_of(database, "SELECT COUNT(*) FROM request WHERE code = 200 OR outcome = 'played'"))[0]
    assert dict(log.counts) == dict.fromkeys(OUTCOMES, 0) | found | {"accepted": taken}
    assert (log.pending, log.request_id, log.request_mark) == (pending, 400, 400)
    by_hand = sum(row.code == 200 or row.status == "played" for row in rows)
    assert taken == by_hand
    assert figures(await opened(database)) == figures(log)


async def test_what_became_of_a_request_is_final(database: Database) -> None:
    log = await opened(database)
    await log.append([asked(1, "2026-01-10 11:00:00"), asked(2, "2026-01-10 11:01:00", 0, "pending")], NOON, mark=2)
    assert (log.pending, log.counts["accepted"]) == (2, 1)
    await log.append([asked(1, "2026-01-10 11:00:00", status="ignored"), asked(2, "2026-01-10 11:01:00", 200)], NOON)
    assert (log.pending, log.counts["accepted"], log.counts["ignored"]) == (1, 2, 1)
    await log.append([asked(1, "2026-01-10 11:00:00", status="played"), asked(2, "2026-01-10 11:01:00", 602)], NOON)
    assert (log.pending, log.counts["accepted"], log.counts["played"]) == (0, 2, 0)
    assert log.counts["artist_recently_played"] == 1
    assert log.request_mark == 2
    assert figures(await opened(database)) == figures(log)


async def test_requests_expire_with_time(database: Database) -> None:
    log = await opened(database)
    await log.append([asked(1, "2026-01-10 11:00:00"), asked(2, "2026-01-10 11:30:00")], NOON)
    assert await log.expire(NOON + 23 * HOUR) == 0
    assert await log.expire(NOON + 23 * HOUR + 1) == 1
    assert (log.pending, log.counts["expired"]) == (1, 1)
    assert await log.append([asked(1, "2026-01-10 11:00:00", status="played")], NOON + 24 * HOUR) == 0
    assert log.counts["played"] == 0
    assert figures(await opened(database)) == figures(log)


async def test_one_that_was_played_without_a_word_is_played_when_it_would_expire(small: Database) -> None:
    log = await opened(small)
    plays = await plays_of(small, log)
    await log.append([asked(5, "2026-01-10 11:00:00")], NOON)
    await plays.append([aired(1, "2026-01-10 11:40:00", 200, request_id=5)], mark=1)
    await log.expire(NOON + 48 * HOUR)
    assert (log.counts["played"], log.counts["expired"], log.pending) == (1, 0, 0)


@pytest.mark.parametrize("play_first", [False, True])
async def test_a_play_says_how_long_its_request_waited(database: Database, play_first: bool) -> None:
    log = await opened(database)
    plays = await plays_of(database, log)
    history = [
        aired(1, "2026-01-10 10:59:00", 200, request_id=5),  # of an older request of this number
        aired(2, "2026-01-10 11:10:00", 200, request_id=5),
        aired(3, "2026-01-10 11:20:00", 200, request_id=5),  # again
        aired(4, "2026-01-10 11:31:00", 200, request_id=6),
        aired(5, "0000-00-00 00:00:00", 200, request_id=7),
    ]
    requests = [asked(number, when) for number, when in (
        (5, "2026-01-10 11:00:00"), (6, "2026-01-10 11:30:00"), (7, "2026-01-10 11:30:00"), (8, "0000-00-00 00:00:00"),
    )]  # fmt: skip
    if play_first:
        await plays.append(history, mark=1)
        await log.append(requests, NOON)
    else:
        await log.append(requests, NOON)
        for row in history:
            await plays.append([row], mark=1)
    waited = await rows_of(database, "SELECT request_id, waited FROM request ORDER BY request_id")
    assert waited == [(5, 600_000), (6, 60_000), (7, None), (8, None)]
    assert (log.waits.count, log.waits.total) == (2, 660_000)
    assert dict(zip([*WAIT_BUCKETS, None], log.waits.counts, strict=True)) == {
        bound: 1 if bound in (60, 600) else 0 for bound in [*WAIT_BUCKETS, None]
    }
    assert figures(await opened(database)) == figures(log)


async def test_pending_requests_are_read_again_round_by_round(small: Database) -> None:
    log = await opened(small)
    await log.append([asked(number, "2026-01-10 11:00:00") for number in range(1, 8)], NOON)
    await log.append([asked(4, "2026-01-10 11:00:00", status="played")], NOON)
    assert [await log.open_ids(3) for _ in range(4)] == [[1, 2, 3], [5, 6, 7], [1, 2, 3], [5, 6, 7]]
    assert await log.open_ids() == [1, 2, 3, 5, 6, 7]
    assert await (await opened(small)).open_ids(2) == [1, 2]


async def test_a_table_that_begins_anew(database: Database) -> None:
    log = await opened(database)
    await log.append([asked(7, "2026-01-10 10:00:00", song_id=3), asked(8, "2026-01-10 11:00:00", 601)], NOON, mark=8)
    await log.disrupted()
    assert (log.request_id, log.generation) == (0, 2)
    again = [asked(1, "2026-01-10 10:00:00", song_id=3, status="played"), asked(2, "2026-01-10 11:00:00", 601)]
    assert await log.append([*again, asked(3, "2026-01-10 11:30:00")], NOON, mark=3) == 1
    assert await rows_of(database, "SELECT generation, request_id, outcome FROM request ORDER BY request_id") == [
        (2, 1, "played"), (2, 2, "song_recently_played"), (2, 3, "pending"),
    ]  # fmt: skip
    assert (log.counts["accepted"], log.counts["played"], log.pending) == (2, 1, 1)
    assert await log.open_ids() == [3]
    assert figures(await opened(database)) == figures(log)


async def test_an_answer_that_got_lost_is_not_counted_twice(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "radio.db"))
    with store(url):
        forgetful = Forgetful(url)
        log = await opened(forgetful)
        plays = await plays_of(forgetful, log)
        forgetful.lost = True
        with pytest.raises(StoreFailed):
            await log.append([asked(1, "2026-01-10 11:00:00")], NOON, mark=1)
        assert await log.append([asked(1, "2026-01-10 11:00:00")], NOON, mark=1) == 0
        forgetful.lost = True
        with pytest.raises(StoreFailed):
            await plays.append([aired(1, "2026-01-10 11:40:00", 200, request_id=1)], mark=1)
        await log.append([asked(2, "2026-01-10 11:00:00")], NOON, mark=2)
        assert (log.pending, log.waits.count, log.waits.total) == (2, 1, 40 * 60_000)
        assert figures(await opened(forgetful)) == figures(log)
        await forgetful.close()


async def test_where_nothing_changed_nothing_is_written(small: Database) -> None:
    log = await opened(small)
    rows = [asked(1, "2026-01-10 11:00:00")]
    await log.append(rows, NOON, mark=1)
    version = await rows_of(small, "PRAGMA data_version")
    await log.append(rows, NOON)
    await log.expire(NOON)
    assert await rows_of(small, "PRAGMA data_version") == version
    await log.append([asked(1, "2026-01-10 11:00:00", status="played")], NOON)
    assert await rows_of(small, "PRAGMA data_version") != version


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_who_was_forgotten_does_not_come_back(small: Database) -> None:
    """The playout still has the requests from before; whoever asks again afterwards is known again."""
    log = await opened(small)
    noon = {"id": 1, "at": NOON, "address": hashed(HOST)}
    await small.write(lambda connection: connection.execute(erasure.insert().values(noon)))
    rows = [
        asked(1, "2026-01-10 11:00:00", host=HOST),
        asked(2, "0000-00-00 00:00:00", host=HOST),
        asked(3, "2026-01-10 11:00:00"),
        asked(4, "2026-01-10 13:00:00", host=HOST),
    ]
    await log.append(rows, NOON)
    kept = await rows_of(small, "SELECT requester FROM request ORDER BY request_id")
    assert [one for (one,) in kept] == [None, None, hashed("192.0.2.7"), hashed(HOST)]


async def test_no_address_is_kept(tmp_path: Path) -> None:
    with store(URL.create("sqlite", database=str(tmp_path / "radio.db"))) as database:
        log = await opened(database)
        await log.append([asked(1, "2026-01-10 11:00:00", host=HOST), asked(2, "2026-01-10 11:00:00", host="")], NOON)
        assert await rows_of(database, "SELECT requester FROM request ORDER BY request_id") == [
            (hashed(HOST),),
            (None,),
        ]
        await database.write(lambda connection: None)
    assert HOST not in repr(vars(log))
    kept = everything_in(tmp_path)
    assert hashed(HOST) in kept
    assert HOST.encode() not in kept
